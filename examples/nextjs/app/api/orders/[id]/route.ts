import type { Protected } from 'curfew'
import type { NextRequest } from 'next/server'
import { protect } from '../../../../lib/curfew'

type Context = Protected & { params: Promise<{ id: string }> }

export const GET = protect({ scope: 'orders:read' })(async (request: NextRequest, { auth, params }: Context) => {
  const { id } = await params
  return Response.json({ id, for: auth.sub, query: request.nextUrl.searchParams.get('q') })
})
