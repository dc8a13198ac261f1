import { protect } from '../../../lib/curfew'

// By Bearer token, or by the cookies of your own pages.
const guard = protect({ scope: 'orders:read' })

export const GET = guard((_request, { auth }) => Response.json({ for: auth.sub, orders: [] }))
export const POST = guard(async (request) => Response.json(await request.json(), { status: 201 }))
