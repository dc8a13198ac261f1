import type { Protected } from 'curfew'
import { headers } from 'next/headers'
import { curfew } from './curfew'

/** For pages and layouts: who is signed in, or undefined. */
export async function signedIn(): Promise<Protected['auth'] | undefined> {
  const asked = new Headers(await headers()) // first: so `next build` knows that this page is nobody's until somebody asks
  let found: Protected['auth'] | undefined
  const look = curfew()
    .protect({ user: true })
    .fetch((_request, { auth }) => {
      found = auth
      return new Response()
    })
  await look(new Request('http://localhost', { headers: asked }))
  return found
}
