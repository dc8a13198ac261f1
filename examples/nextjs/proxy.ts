import { type NextRequest, NextResponse } from 'next/server'
import { protect } from './lib/curfew'

const signedIn = protect({ user: true })(() => NextResponse.next())

/** Before each page of /account (Next.js 15 calls this file middleware.ts, and wants `runtime: 'nodejs'` below): who is not signed in goes to Curfew's own page. */
export async function proxy(request: NextRequest): Promise<Response> {
  const answer = await signedIn(request)
  return answer.status === 401 ? NextResponse.redirect(new URL('/auth/account', request.url)) : answer
}

export const config = { matcher: '/account/:path*' }
