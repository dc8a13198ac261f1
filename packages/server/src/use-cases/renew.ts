import type { AccessTokenClaims } from '@curfew/verifier/wire'
import { fits } from '../domain/binding.ts'
import type { Client } from '../domain/client.ts'
import type { Effect } from '../domain/effect.ts'
import { sessionEndedBy } from '../domain/ending.ts'
import type { Grant } from '../domain/grant.ts'
import type { Seconds } from '../domain/instant.ts'
import type { At, Position } from '../domain/position.ts'
import { firstPartyGrant, isLive, isSpent, type Session, touched } from '../domain/session.ts'
import type { Rights } from '../domain/user.ts'
import type { Load } from '../store/store.ts'
import { askRightsOf } from './ask-rights.ts'
import { end } from './end.ts'
import { hashSecret } from './hash-secret.ts'
import type { Services } from './needs.ts'
import { randomId } from './random-id.ts'
import { elsewhere, sessionEnded } from './refresh-session.ts'
import { mintAccess } from './signed-in.ts'

type Needs = Pick<Services, 'store' | 'accounts' | 'settings' | 'signer' | 'confirmation' | 'world' | 'log'>

/** A browser's session goes on: a fresh access token with today's rights. The session cookie does not change, so parallel requests do not fight. */
export interface Renewed {
  readonly user: Rights
  readonly session: Session
  readonly access: { readonly token: string; readonly expiresIn: Seconds; readonly claims: AccessTokenClaims }
}

type Verdict =
  | {
      readonly outcome: 'renewed'
      readonly session: Session
      readonly grant: Grant
      readonly client: Client
      readonly user: Rights
      readonly from: At
      readonly effects: readonly Effect[]
    }
  | { readonly outcome: 'disabled'; readonly sub: string; readonly effects: readonly [] }
  | { readonly outcome: 'elsewhere'; readonly asks: 'refuse' | 'sign_in'; readonly effects: readonly [] }
  | { readonly outcome: 'ended' | 'expired'; readonly effects: readonly [] }

/** Renews the access token of a browser's session (contract §6, S10, S11). */
export async function renew(cookie: string, address: string | undefined, needs: Needs): Promise<Renewed> {
  const { store, settings } = needs
  const hash = hashSecret(cookie)
  const asked = await askedFor(hash, needs)
  const gid = randomId(needs.world)
  let isElsewhere = false
  const verdict = await store.update<Extract<Load, { kind: 'browser' }>, Verdict>(
    { kind: 'browser', cookie: hash, clientId: settings.session.client, audience: settings.audience },
    (held, at) => {
      if (!held?.client) return { outcome: 'ended', effects: [] }
      const { session, client } = held
      const cuts = { user: held.user.cut, issuer: held.issuer.cut }
      if (sessionEndedBy(session, cuts) !== undefined) return { outcome: 'ended', effects: [] }
      if (!isLive(session, cuts, at.now)) return { outcome: 'expired', effects: [] }
      if (isSpent({ session, grant: held.grant, client })) return { outcome: 'ended', effects: [] } // P2
      const fit = fits(client.binding, session.address, address)
      if (fit === 'refuse' || fit === 'sign_in') return { outcome: 'elsewhere', asks: fit, effects: [] }
      isElsewhere = fit === 'record'
      const { from, user } = asked ?? { from: at, user: held.user } // P5
      if (!user || user.disabled || client.disabled) return { outcome: 'disabled', sub: session.sub, effects: [] }
      // Somebody who signed in at the pages: the first-party grant is born with the session's position, as low as any check it rests on.
      const born = held.grant ? undefined : firstPartyGrant(session, client, { gid, audience: settings.audience }, at.now)
      const under = held.grant ?? { ...(born as Omit<Grant, 'pos'>), pos: session.pos }
      // The cookie is what a fresh sign-in in the browser changes: who has it is who signed in.
      const grant = {
        ...under,
        authTime: session.authTime,
        amr: session.amr,
        ...(session.address === undefined ? {} : { address: session.address }),
      }
      const effects: Effect[] = [...touched(session, at.now)]
      if (born) effects.push({ do: 'openGrant', grant: born, position: session.pos as Position })
      return { outcome: 'renewed', session, grant, client, user, from, effects }
    },
  )
  if (verdict.outcome === 'disabled') await end({ user: verdict.sub }, { why: 'disabled', wait: 0 }, needs)
  if (verdict.outcome === 'elsewhere') throw elsewhere(verdict.asks)
  if (isElsewhere)
    needs.log.warn(
      { event: 'binding.elsewhere', client: settings.session.client, at: 'renewal' },
      'a session was renewed from another network address than it was signed in at',
    )
  if (verdict.outcome !== 'renewed') throw sessionEnded(verdict.outcome)
  return { user: verdict.user, session: verdict.session, access: mintAccess({ ...verdict, now: verdict.committedAt }, needs) }
}

async function askedFor(cookie: string, needs: Needs): ReturnType<typeof askRightsOf> {
  if (needs.accounts.builtIn) return undefined
  const { rows, at } = await needs.store.begin({ kind: 'browser', cookie })
  if (!rows || !isLive(rows.session, { user: rows.user.cut, issuer: rows.issuer.cut }, at.now)) return undefined
  return askRightsOf(rows.session.sub, needs)
}
