import { accessToken, type Minted } from './access-token.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import type { Client } from './client.ts'
import { type Allowed, rememberConsent } from './consent.ts'
import { makingRoom } from './device-limit.ts'
import type { Effect } from './effect.ts'
import { ending } from './ending.ts'
import type { Asked, Grant } from './grant.ts'
import { type Instant, later, type Seconds } from './instant.ts'
import type { ClientId, GrantId, Hash, SessionId, Subject, TokenId, UserId } from './names.ts'
import { type At, isCut, type Position } from './position.ts'
import { isLive, type Session, touched } from './session.ts'
import type { User } from './user.ts'

/** RFC 6749 §4.1.2 recommends ten minutes at most; AZ-14 wants one. */
const codeLifetime: Seconds = 60

/** An authorization code as stored: by its hash, with all that it is bound to (RFC 6749 §4.1.2, RFC 7636 §4.4). */
export interface AuthorizationCode {
  readonly hash: Hash
  readonly clientId: ClientId
  readonly redirectUri: string
  /** S256 challenge. */
  readonly challenge: string
  readonly sid: SessionId
  readonly sub: Subject
  readonly usr: UserId
  readonly scope: string
  readonly audience: string
  /** Of the authorization request that it came from (P1). */
  readonly pos: number
  readonly nonce?: string
  readonly authTime: Instant
  readonly amr: readonly string[]
  readonly createdAt: Instant
  readonly expiresAt: Instant
  /** Set when it was redeemed. */
  readonly gid?: GrantId
}

/** What a code is wanted for. `allowed`: the user was asked and said yes; what they had allowed before is in it. */
export interface CodeFor {
  readonly hash: Hash
  readonly request: AuthorizationRequest
  readonly position: Position
  readonly allowed?: readonly Allowed[] | undefined
}

/** What asking for a code came to. */
export type CodeVerdict = {
  readonly outcome: 'issued' | 'session_ended' | 'disabled' | 'client_unknown' | 'cut'
  readonly effects: readonly Effect[]
}

/** Gives a code to a session that lives, and notes what was allowed. The code keeps the request's position: it is where its grant is born (P1). */
export function issueCode(
  held: { session: Session; user: User; client: Client | undefined; issuer: { cut: number } } | undefined,
  given: CodeFor,
  at: At,
): CodeVerdict {
  if (!held) return { outcome: 'session_ended', effects: [] }
  const { session, user, client, issuer } = held
  const { request, position } = given
  if (!client || client.disabled || client.id !== request.clientId) return { outcome: 'client_unknown', effects: [] }
  if (!isLive(session, { user: user.cut, issuer: issuer.cut }, at.now)) return { outcome: 'session_ended', effects: [] } // M2, P2
  if (user.disabled || user.deleted) return { outcome: 'disabled', effects: [] }
  if (isCut(position, { user: user.cut, client: client.cut, issuer: issuer.cut })) return { outcome: 'cut', effects: [] } // P2: births, too
  const code: AuthorizationCode = {
    hash: given.hash,
    clientId: client.id,
    redirectUri: request.redirectUri,
    challenge: request.challenge,
    ...{ sid: session.sid, sub: session.sub, usr: session.usr, authTime: session.authTime, amr: session.amr },
    scope: request.scope.join(' '),
    audience: request.audience,
    pos: position,
    ...(request.nonce === undefined ? {} : { nonce: request.nonce }),
    createdAt: at.now,
    expiresAt: later(at.now, codeLifetime),
  }
  const effects: Effect[] = [...touched(session, at.now), { do: 'issueCode', code }]
  if (given.allowed) effects.push(rememberConsent(request, session.sub, given.allowed, at.now))
  return { outcome: 'issued', effects }
}

/** What a client shows for a code. `challenge`: S256 of the verifier that it sent (RFC 7636 §4.6). */
export interface Redemption {
  readonly clientId: ClientId
  readonly challenge: string
  readonly redirectUri?: string | undefined
  /** RFC 8707 §2.2: the audience named in the token request. */
  readonly resource?: string | undefined
  /** Audiences that a service has now: no token is made for any other (protocol.md, Services). */
  readonly served?: readonly string[] | undefined
  readonly issuer: string
  /** Where it is redeemed, and the grant given: the client's own address where that is a server. */
  readonly address?: string | undefined
  readonly gid: GrantId
  readonly jti: TokenId
  readonly asked?: Asked | undefined
}

/** What redeeming a code came to. The precise outcome is for the log. */
export type Redeemed =
  | {
      readonly outcome: 'redeemed'
      readonly code: AuthorizationCode
      readonly grant: Grant
      readonly minted: Minted
      /** For the ID token: `iat` by the same clock (M1). */
      readonly from: At
      readonly effects: readonly Effect[]
    }
  | { readonly outcome: 'reused'; readonly effects: readonly Effect[] }
  | { readonly outcome: 'disabled'; readonly sub: Subject; readonly effects: readonly [] }
  | { readonly outcome: RedeemProblem; readonly effects: readonly [] }

type RedeemProblem =
  | 'unknown'
  | 'wrong_client'
  | 'wrong_verifier'
  | 'wrong_redirect'
  | 'wrong_target'
  | 'audience_gone'
  | 'expired'
  | 'session_ended'
  | 'cut'
  | 'client_disabled'
  | 'consent_withdrawn'

/**
 * Decides what presenting a code does: once, for the client, the verifier and the redirect URI that it was asked with, as long as the
 * session lives. RFC 6749 §4.1.3, RFC 7636 §4.6; AZ-14 to AZ-16; protocol P1, P2, P5, M2.
 */
export function redeemCode(
  held:
    | {
        code: AuthorizationCode
        session: Session | undefined
        grant: Grant | undefined
        user: User
        client: Client
        /** The user's live offline grants of this client. */
        offline: readonly Grant[]
        /** Whether the user has this client allowed for this audience, as it is now. */
        allowed: boolean
        issuer: { cut: number }
      }
    | undefined,
  shown: Redemption,
  at: At,
): Redeemed {
  if (!held) return problem('unknown')
  const { code, session, client } = held
  if (code.clientId !== shown.clientId) return problem('wrong_client')
  if (client.disabled) return problem('client_disabled')
  // RFC 7636 §4.6. Before anything that has an effect: who cannot show the verifier saw the code, but was never its client.
  if (code.challenge !== shown.challenge) return problem('wrong_verifier')
  // OAuth 2.1 §4.1.3: not needed beside PKCE; a client that sends it is held to it.
  if (shown.redirectUri !== undefined && shown.redirectUri !== code.redirectUri) return problem('wrong_redirect')
  if (code.gid !== undefined) {
    // RFC 6749 §4.1.2: two have it, and one of them is a thief: what the first got ends (AZ-15).
    const lives = held.grant !== undefined && held.grant.endedSeq === undefined
    return { outcome: 'reused', effects: lives ? [ending({ grant: code.gid }, 'code_reuse')] : [] }
  }
  if (at.now >= code.expiresAt) return problem('expired')
  const cuts = { user: held.user.cut, client: client.cut, issuer: held.issuer.cut }
  // A session dies by cuts of its user and of everybody, not by one client's (P2): that client's next code is good.
  if (!session || !isLive(session, { user: cuts.user, issuer: cuts.issuer }, at.now)) return problem('session_ended') // M2 (AZ-16)
  if (isCut(code.pos, cuts)) return problem('cut') // P2: the birth's own position
  if (client.consent !== 'skip' && !held.allowed) return problem('consent_withdrawn') // RF-5: whatever was under way meanwhile
  if (shown.resource !== undefined && shown.resource !== code.audience) return problem('wrong_target') // RFC 8707 §2.2: never wider (TK-10)
  if (shown.served?.includes(code.audience) === false) return problem('audience_gone')

  const { from, user } = shown.asked ?? { from: at, user: held.user } // P5: head and clock from before the rights were read
  if (!user || user.disabled || held.user.deleted) return { outcome: 'disabled', sub: code.sub, effects: [] }
  const { pos, ...grant } = bornGrant(code, client, shown, at.now)
  return {
    outcome: 'redeemed',
    code,
    grant: { ...grant, pos },
    minted: accessToken(shown.issuer, shown.jti, { grant: { ...grant, pos }, session, client, user }, from, at.now),
    from,
    effects: [
      { do: 'redeem', hash: code.hash, gid: grant.gid },
      { do: 'openGrant', grant, position: pos as Position }, // P1: the one that `Store.begin` made for the authorization request
      ...touched(session, at.now),
      // An offline grant is a device of its own.
      ...(grant.offline ? makingRoom(held.offline, client).map(({ gid }) => ending({ grant: gid }, 'device_limit')) : []),
    ],
  }
}

function bornGrant(code: AuthorizationCode, client: Client, { gid, address }: Redemption, now: Instant): Grant {
  const expiresAt = later(now, client.absoluteLifetime)
  const { sid, sub, usr, clientId, scope, audience, pos, authTime, amr } = code
  return {
    ...{ gid, sid, sub, usr, clientId, scope, audience, pos, authTime, amr },
    offline: scope.split(' ').includes('offline_access'),
    ...(address === undefined ? {} : { address }),
    ...{ generation: 0, rotatedAt: now, createdAt: now, lastUsedAt: now },
    idleExpiresAt: Math.min(later(now, client.idleLifetime), expiresAt),
    expiresAt,
  }
}

function problem(outcome: RedeemProblem): Redeemed {
  return { outcome, effects: [] }
}
