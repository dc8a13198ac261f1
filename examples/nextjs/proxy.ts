import { type NextRequest, NextResponse } from 'next/server'
import { curfew } from './lib/curfew'

/** Before each page of /account (Next.js 15 calls this file middleware.ts, and wants `runtime: 'nodejs'` below): who is not signed in goes to the door. */
export async function proxy(request: NextRequest): Promise<Response> {
  const answer = await curfew()
    .protect({ user: true })
    .fetch(() => NextResponse.next())(request)
  return answer.status === 401 ? NextResponse.redirect(new URL('/', request.url)) : answer
}

export const config = { matcher: '/account/:path*' }
