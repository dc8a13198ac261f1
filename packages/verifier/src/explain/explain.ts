import { checkSignature } from '../checks/signature.ts'
import type { decide } from '../decide.ts'
import type { KeySet } from '../key-set.ts'
import type { Standing } from '../ledger-copy/take-answer.ts'
import type { RefusalReason, UnavailableReason } from '../reasons.ts'
import type { Explanation, Refused, Unavailable } from '../verdict.ts'
import { type AccessTokenClaims, type OnLeaseLost, readAccessToken } from '../wire/index.ts'
import type { World } from '../world.ts'
import { leaseWords, lengthWords } from './length-words.ts'
import { reasonWords } from './reason-words.ts'
import { tokenHint } from './token-hint.ts'

/** What was decided, for `explain`. No token is in it, so none can get out. */
type Decided = {
  readonly outcome: Explanation['outcome']
  readonly reason?: RefusalReason | UnavailableReason
  readonly claims?: AccessTokenClaims
  /** What to do, where more is known than the reason. */
  readonly hint?: string
}

/** What a verifier stands on at this moment. */
type Stand = {
  readonly audience: string
  readonly issuer: string
  readonly onLeaseLost: OnLeaseLost
  readonly isClosed: boolean
  readonly standing: Standing
  readonly world: World
  /** Why following does not work. */
  readonly problem: string | undefined
}

/** A token whose form, signature or claims were refused. What was given may tell what it is; a good signature lets its claims be told. */
export function decidedBefore({ outcome, reason }: Refused | Unavailable, token: string | undefined, keys: Pick<KeySet, 'find'>): Decided {
  const claims = token === undefined ? undefined : claimsAbroad(token, reason, keys)
  const hint = token === undefined ? undefined : tokenHint(token)
  return { outcome, reason, ...(claims && { claims }), ...(hint !== undefined && { hint }) }
}

/** A checked token, by V1's block. */
export function decidedNow(claims: AccessTokenClaims, decision: ReturnType<typeof decide>): Decided {
  if (decision === 'accepted') return { outcome: 'accepted', claims }
  return { outcome: decision === 'no_lease' ? 'unavailable' : 'refused', reason: decision, claims }
}

/** Tells why, by which rule, on what knowledge, and what to do: in the words of `curfew inspect`. */
export function explanation(decided: Decided, stand: Stand): Explanation {
  const { outcome, claims, hint } = decided
  const { standing, world, problem, onLeaseLost, isClosed } = stand
  const wall = world.wall()
  const { seq: position, horizon } = standing.copy
  const leaseLeft = standing.lease.left(world.monotonic(), wall)
  const reason = isClosed && decided.reason === 'no_lease' ? 'closed' : decided.reason
  const said = reasonWords(reason ?? 'accepted')
  // V5: without a lease it asks, unless it was told to refuse (V10).
  const rule = reason === 'no_lease' && onLeaseLost !== 'refuse' ? 'V5' : said.rule
  const why = claims === undefined ? said.why : whyOf(reason, claims, stand, said.why)
  const todo = hint ?? (outcome === 'unavailable' && !isClosed ? problem : undefined) ?? said.todo
  const isGood = outcome === 'accepted'
  const facts = [
    ...(claims === undefined ? [] : tokenFacts(claims, wall / 1000)),
    ...(isGood ? [] : [{ what: 'because', is: why }]),
    { what: 'rule', is: rule },
    { what: 'ledger', is: `this copy is at no. ${position}` },
    { what: 'lease', is: leaseLeft > 0 ? `${leaseWords(leaseLeft)} left` : without(standing.lease.wasHeld(), onLeaseLost) },
    {
      what: 'verdict',
      is: isGood
        ? 'accepted'
        : outcome === 'refused'
          ? 'refused'
          : rule === 'V5' && reason === 'no_lease'
            ? 'not here: the issuer is asked'
            : 'not decided: 503, try again',
    },
    ...(isGood ? [] : [{ what: 'to do', is: todo }]),
  ]
  const about = { ...(reason === undefined ? {} : { reason }), ...(claims === undefined ? {} : { claims }) }
  return { outcome, rule, why, todo, position, leaseLeft, horizon, ...about, facts }
}

/** What a token is, until when, and where from: whether a request comes from there is not asked here. */
export function tokenFacts(
  claims: Pick<AccessTokenClaims, 'aud' | 'client_id' | 'exp'> & { readonly cnf?: Readonly<Record<string, unknown>> },
  now: number,
): Explanation['facts'] {
  const bound = claims.cnf?.address
  return [
    { what: 'token', is: `at+jwt for ${shown(claims.aud)}, client ${shown(claims.client_id)}` },
    { what: 'expires', is: claims.exp > now ? `in ${lengthWords(claims.exp - now)}` : `${lengthWords(now - claims.exp)} ago` },
    ...(typeof bound === 'string' ? [{ what: 'bound', is: `to ${shown(bound)}: from elsewhere it is refused` }] : []),
  ]
}

function without(wasHeld: boolean, onLeaseLost: OnLeaseLost): string {
  if (onLeaseLost === 'refuse') return `${wasHeld ? 'over' : 'none yet'}: it refuses`
  // V10: a verifier that is cold has no copy to go by.
  return wasHeld && onLeaseLost === 'accept'
    ? 'over: it accepts until tokens expire'
    : `${wasHeld ? 'over' : 'none yet'}: it asks the issuer`
}

function whyOf(reason: string | undefined, { aud, iss }: AccessTokenClaims, { audience, issuer }: Stand, otherwise: string): string {
  if (reason === 'aud_wrong') return `it is for ${shown(aud)}, and this service is ${shown(audience)}`
  if (reason === 'iss_wrong') return `it is of ${shown(iss)}, and the issuer here is ${shown(issuer)}`
  return otherwise
}

/** The claims of a token that is good but for whom it is of, or for: its signature was checked, so they may be told. */
function claimsAbroad(token: string, reason: string, keys: Pick<KeySet, 'find'>): AccessTokenClaims | undefined {
  if (reason !== 'aud_wrong' && reason !== 'iss_wrong') return undefined
  const signed = checkSignature(token, keys)
  const claims = 'problem' in signed ? undefined : readAccessToken(signed.payload)
  return claims === undefined || 'problem' in claims ? undefined : (claims as AccessTokenClaims)
}

/** What a token says comes from elsewhere: bounded, and without what a terminal would obey. */
function shown(text: string): string {
  return text.slice(0, 200).replace(/\p{C}/gu, '�')
}
