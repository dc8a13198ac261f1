import type { Effect } from '../domain/effect.ts'
import { isGoodLink } from '../domain/mailed-link.ts'
import type { Position } from '../domain/position.ts'
import { openSession, type SignedInVerdict } from '../domain/session.ts'
import { requireMail } from './ask-for-link.ts'
import { browserSession, replace } from './browser-session.ts'
import { rememberDevice } from './known-device.ts'
import type { Services } from './needs.ts'
import { openLink, overLink } from './open-link.ts'
import { prepareBirth, type SignInWith } from './sign-in.ts'
import { type SignedIn, signedIn } from './signed-in.ts'

type Needs = Pick<
  Services,
  'store' | 'accounts' | 'settings' | 'signer' | 'refreshTokens' | 'sealer' | 'confirmation' | 'world' | 'log' | 'mail' | 'limiter'
>

/** What a session says of how somebody signed in: by what came to their mail address. */
const amr = ['mail']

/**
 * Signs somebody in by a mailed link, once. The session is born where the link was asked for (P1): a cut since then has ended the link.
 */
export async function signInByLink(
  given: { readonly token: string } & Pick<SignInWith, 'device' | 'deviceToken' | 'address' | 'cookie' | 'replaces' | 'clientId'>,
  needs: Needs,
): Promise<SignedIn> {
  requireMail(needs, 'sign_in')
  const { link, user } = await openLink(given.token, 'sign_in', needs)
  const before = await browserSession(given.replaces, needs)
  const position = link.pos as Position // the one that `Store.begin` made for the request
  const { clientId, cookie, signIn } = prepareBirth({ sub: link.sub, position }, given, needs)
  const used: Effect = { do: 'useLink', hash: link.hash }

  const verdict = await needs.store.update<{ kind: 'user'; sub: string; clientId: string; link: string }, SignedInVerdict>(
    { kind: 'user', sub: link.sub, clientId, link: link.hash },
    (held, at) => {
      if (!isGoodLink(held.link, 'sign_in', held, at.now)) return { outcome: 'cut', effects: [] }
      const opened = openSession(held, { ...signIn, amr }, at)
      return opened.outcome === 'signed_in' ? { ...opened, effects: [used, ...opened.effects] } : opened
    },
  )
  if (verdict.outcome !== 'signed_in') throw overLink(verdict.outcome)
  if (before) await replace(before, needs)
  const deviceToken = user.identifier === undefined ? undefined : rememberDevice(given.deviceToken, user.identifier, needs)
  return { ...signedIn(verdict, position, cookie, needs), deviceToken }
}
