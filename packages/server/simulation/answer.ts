import type { FollowAnswer, FollowRequest, ReleaseRequest } from '@curfew/verifier/wire'
import { OAuthError } from '../src/errors.ts'
import { authenticateClient } from '../src/use-cases/authenticate-client.ts'
import { hashSecret } from '../src/use-cases/hash-secret.ts'
import type { Confirmed } from '../src/use-cases/needs.ts'
import { AUDIENCE, CLIENT_SECRET, nameOf, passwordOf } from './cast.ts'
import { claimsOf } from './claims-of.ts'
import type { Target } from './history.ts'
import type { IssuerNeeds, Serving } from './issuer.ts'

/** What can be asked of the issuer over the network. Users and passwords by number. */
export type Asked =
  | { readonly op: 'follow'; readonly service: string; readonly request: FollowRequest }
  | { readonly op: 'release'; readonly service: string; readonly request: ReleaseRequest }
  | { readonly op: 'introspect'; readonly token: string }
  | { readonly op: 'keys' }
  | { readonly op: 'sign-in'; readonly user: number; readonly password: number; readonly cookie?: boolean }
  | { readonly op: 'refresh'; readonly token: string }
  | { readonly op: 'refresh-web'; readonly token: string }
  | { readonly op: 'code'; readonly cookie: string; readonly offline?: boolean }
  | { readonly op: 'redeem'; readonly code: string }
  | { readonly op: 'client-token' }
  | { readonly op: 'sign-out'; readonly token: string; readonly wait?: number }
  | { readonly op: 'sign-out-others'; readonly token: string }
  | { readonly op: 'end'; readonly target: Target; readonly wait?: number }
  | { readonly op: 'change-password'; readonly token: string; readonly user: number; readonly current: number; readonly next: number }
  | { readonly op: 'receipt'; readonly id: string; readonly ending: number; readonly wait?: number }
  | { readonly op: 'lease'; readonly leaseMs: number }
  /** D4. */
  | { readonly op: 'pause'; readonly milliseconds: number }

/** What somebody has after signing in or refreshing. */
export interface Tokens {
  readonly access: string
  readonly refresh?: string
  readonly sid?: string
  readonly cookie?: string
}

/** What an ending was answered with. */
export interface EndingAnswer {
  readonly ending: number
  readonly outcome: 'confirmed' | 'pending'
  readonly id: string
  readonly tokens?: Tokens
}

/** Carries out one request with the product's use cases. A refusal is a value: `{ refused }`. */
export async function answer(asked: Asked, closed: AbortSignal, serving: Serving, needs: IssuerNeeds): Promise<unknown> {
  try {
    return await carryOut(asked, closed, serving, needs)
  } catch (error) {
    if (error instanceof OAuthError) return { refused: error.code, reason: error.reason }
    throw error
  }
}

const follows = { behind: 409, refused: 403, full: 429, stopping: 503 } as const
const VERIFIER = 'a-verifier-of-proof-keys-for-code-exchange-0'

async function carryOut(asked: Asked, closed: AbortSignal, serving: Serving, needs: IssuerNeeds): Promise<unknown> {
  const { services, process } = serving
  const { parts, knowledge, history, cast } = needs
  const begun = process.now()

  switch (asked.op) {
    case 'follow': {
      const followed = await services.followers.follow({ service: asked.service, local: false }, asked.request, closed)
      if (followed.outcome !== 'answer') return { status: follows[followed.outcome], body: {} }
      return { status: 200, body: needs.setting.newSorts ? withNewSorts(followed.answer, needs.setting.newSorts) : followed.answer }
    }
    case 'release':
      await services.followers.release(asked.service, asked.request.id)
      return {}
    case 'introspect': {
      const found = await parts.inspectToken(asked.token, services)
      return { status: 200, body: { active: found.sort === 'access' && found.active && found.claims.aud === AUDIENCE } }
    }
    case 'keys':
      return { status: 200, body: JSON.parse(await services.signer.jwks()) }
    case 'sign-in': {
      const given = { identifier: nameOf(asked.user), password: passwordOf(asked.user, asked.password), cookie: asked.cookie ?? false }
      const { session, access, refreshToken, cookie } = await parts.signIn(given, services)
      knowledge.signedIn(session.sid, asked.password)
      return tokens(access?.token ?? '', refreshToken, { sid: session.sid, cookie })
    }
    case 'refresh': {
      const { access_token, refresh_token } = await parts.refreshSession(asked.token, services)
      const given = tokens(access_token, refresh_token)
      made(given.access, 'a refresh')
      return given
    }
    case 'refresh-web': {
      const { client } = await authenticateClient({ id: 'web', method: 'none' }, undefined, services)
      const { access_token, refresh_token } = await parts.refresh(asked.token, client, services)
      const given = tokens(access_token, refresh_token)
      made(given.access, 'a refresh')
      return given
    }
    case 'code': {
      const scope = asked.offline ? 'openid offline_access' : 'openid'
      const code = await parts.askForCode({ cookie: asked.cookie, scope, challenge: hashSecret(VERIFIER) }, services)
      return code === undefined ? { refused: 'access_denied', reason: 'no code' } : { code }
    }
    case 'redeem': {
      const { client } = await authenticateClient({ id: 'web', method: 'none' }, undefined, services)
      const redeemed = await parts.redeemCode(
        { code: asked.code, verifier: VERIFIER, redirectUri: 'https://web.example/back' },
        client,
        services,
      )
      const given = tokens(redeemed.access_token, redeemed.refresh_token)
      made(given.access, 'a code')
      return given
    }
    case 'client-token': {
      const caller = await parts.authenticateClient(
        { id: 'robot', secret: CLIENT_SECRET, method: 'client_secret_basic' },
        undefined,
        services,
      )
      return tokens((await parts.issueClientToken({}, caller, services)).access_token, undefined)
    }
    case 'sign-out': {
      const who = await parts.identify({ bearer: asked.token }, services, { dead: true })
      const sid = who?.session?.sid ?? who?.claims?.sid
      if (sid === undefined) return { refused: 'invalid_token', reason: 'nobody' }
      return ended({ session: sid }, (wait) => parts.end({ session: sid }, { why: 'signed_out', wait }, services), asked.wait)
    }
    case 'sign-out-others': {
      const who = await parts.identify({ bearer: asked.token }, services)
      if (!who?.session) return { refused: 'invalid_token', reason: 'nobody' }
      const others = await parts.end({ othersOf: who.user.sub, except: who.session.sid }, { why: 'signed_out' }, services)
      const sids = others.stored.entries.flatMap((entry) => ('ended' in entry && 'sid' in entry.ended ? [entry.ended.sid] : []))
      return ended({ sessions: sids }, async () => others)
    }
    case 'end': {
      const { target } = asked
      if ('rights' in target) {
        const change = () => [{ do: 'changeUser', sub: target.user, to: { roles: [`r${target.rights}`] } } as const]
        const also = services.accounts.builtIn ? { also: change } : {}
        const report = (wait: number | undefined) => parts.stale({ user: target.user }, { wait, ...also }, services)
        if (services.accounts.builtIn) return ended(target, report, asked.wait)
        const kept = () => void cast.rights.set(target.user, target.rights)
        return ended(target, (wait) => parts.reportRights(kept, () => report(wait), process), asked.wait)
      }
      return ended(target, (wait) => parts.end(endTarget(target), { why: 'admin', wait }, services), asked.wait)
    }
    case 'change-password': {
      const who = await parts.identify({ bearer: asked.token }, services)
      if (!who) return { refused: 'invalid_token', reason: 'nobody' }
      const given = { current: passwordOf(asked.user, asked.current), next: passwordOf(asked.user, asked.next) }
      let after: Tokens | undefined
      const target: Target = { user: who.user.sub, password: asked.next }
      const answered = await ended(target, async (wait) => {
        const changed = await parts.changePassword(
          { sub: who.user.sub, from: who.session?.sid ?? who.grant?.sid, ...given, cookie: false, wait },
          services,
        )
        const { session, access, refreshToken } = changed.signedIn
        knowledge.signedIn(session.sid, asked.next, who.session?.sid)
        after = tokens(access?.token ?? '', refreshToken, { sid: session.sid })
        return changed
      })
      return { ...answered, tokens: after }
    }
    case 'receipt': {
      const confirmed = await services.confirmation.byId(asked.id, asked.wait)
      if (!confirmed) return { refused: 'not_found', reason: 'no receipt' }
      tell(asked.ending, confirmed, Math.max(begun, serving.since))
      return { ending: asked.ending, outcome: confirmed.outcome, id: confirmed.id }
    }
    case 'lease':
      await services.store.ledger.changeLease(asked.leaseMs)
      history.note(process.now(), 'operator', `the lease is ${asked.leaseMs} ms from now on`)
      return {}
    case 'pause':
      await parts.pause(asked.milliseconds, services)
      return {}
  }

  function tokens(access: string, refresh: string | undefined, more: { sid?: string; cookie?: string | undefined } = {}): Tokens {
    const claims = access === '' ? undefined : claimsOf(access)
    if (claims) knowledge.minted(process.now(), claims)
    return {
      access,
      ...(refresh === undefined ? {} : { refresh }),
      ...(more.sid === undefined ? {} : { sid: more.sid }),
      ...(more.cookie === undefined ? {} : { cookie: more.cookie }),
    }
  }

  function made(access: string, from: string): void {
    history.add({ at: process.now(), what: 'refreshed', begun, jti: claimsOf(access).jti, from })
  }

  async function ended(
    target: Target,
    carry: (
      wait: number | undefined,
    ) => Promise<{ readonly ended: number; readonly confirmed: Confirmed; readonly stored: { readonly entries: readonly unknown[] } }>,
    wait?: number,
  ): Promise<EndingAnswer> {
    const ending = knowledge.ending(begun, target)
    const { confirmed, stored } = await carry(wait)
    const committed = stored.entries.length > 0 ? knowledge.entryAt(confirmed.seq) : begun
    tell(ending, confirmed, Math.max(committed ?? begun, serving.since))
    return { ending, outcome: confirmed.outcome, id: confirmed.id }
  }

  function tell(ending: number, { outcome, seq }: Confirmed, from: number): void {
    const at = process.now()
    const waited = (at - from - process.stoppedSince(from)) * process.machine.conditions.rate
    history.add({ at, what: 'answered', ending, confirmed: outcome === 'confirmed', seq, waited })
    if (outcome === 'confirmed') needs.onConfirmed()
  }

  function endTarget(target: Target): Parameters<typeof parts.end>[0] {
    if ('session' in target) return { session: target.session }
    if ('grant' in target) return { grant: target.grant }
    if ('user' in target) return { user: target.user }
    if ('client' in target) return { client: target.client }
    if ('token' in target) {
      const exp = knowledge.tokens().find(({ jti }) => jti === target.token)?.exp ?? 0
      return { token: target.token, expiresAt: exp * 1000 }
    }
    if ('everything' in target) return 'everything'
    throw new Error(`No ending of this sort is asked for like this: ${JSON.stringify(target)} (${cast.users.length} users)`)
  }
}

/** Some entries as a newer issuer would tell them: verifiers of today do not know what `hushed` means, and must not go on. */
function withNewSorts(answer: FollowAnswer, likely: number): unknown {
  const isNew = (seq: number) => ((seq * 2_654_435_761) >>> 0) / 2 ** 32 < likely
  const entries = answer.entries.map((entry) => (isNew(entry.seq) ? { seq: entry.seq, until: entry.until, hushed: {} } : entry))
  return { ...answer, entries }
}
