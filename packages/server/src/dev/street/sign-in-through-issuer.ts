import type { World } from '../../world.ts'
import type { Fleet } from './fleet.ts'
import type { Visit } from './visit.ts'

/** Where the browser goes to sign in: code + PKCE, with `state` and `nonce` of this one attempt. Undefined: the issuer is away. */
export async function beginSignIn(fleet: Fleet, visit: Visit, { random }: Pick<World, 'random'>): Promise<string | undefined> {
  const secret = () => Buffer.from(random(32)).toString('base64url')
  const [state, nonce, verifier] = [secret(), secret(), secret()]
  visit.pending.set(state, { nonce, verifier })
  const [oldest] = visit.pending.keys()
  if (visit.pending.size > 5 && oldest !== undefined) visit.pending.delete(oldest)
  return fleet.issuer.authorizeUrl({ state, nonce, verifier })
}

/** The browser is back from the issuer. True: it is signed in. */
export async function finishSignIn(fleet: Fleet, visit: Visit, query: URLSearchParams): Promise<boolean> {
  const state = query.get('state') ?? ''
  const pending = visit.pending.get(state)
  visit.pending.delete(state)
  const refused = (why: string) => {
    visit.notSignedIn(why)
    return false
  }
  if (!pending) return refused('This answer belongs to no sign-in that began here. Sign in again.')
  if (query.get('iss') !== fleet.issuer.settings.issuer) return refused('The answer came from another issuer, so it was not used.') // RFC 9207 §2.4
  const code = query.get('code')
  if (code === null)
    return refused(`The issuer said: ${(query.get('error_description') ?? query.get('error') ?? 'nothing').slice(0, 200)}.`)
  const tokens = await fleet.issuer.redeem(code, pending.verifier)
  if ('failed' in tokens) return refused(tokens.failed)
  await visit.signedIn('laptop', tokens, (await fleet.issuer.userName(tokens.access)) ?? 'somebody')
  return true
}
