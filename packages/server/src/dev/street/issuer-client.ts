import { createHash } from 'node:crypto'
import type { World } from '../../world.ts'
import { type Answer, type Call, type Caller, json } from './call.ts'

/** Where the issuer is, and who we are there. */
export type IssuerSettings = { issuer: string; clientId: string; redirectUri: string; scope: string }

/** What a device holds. `expiresAt` on the monotonic clock. */
export type Tokens = { access: string; refresh: string; expiresAt: number }

/** How far a sign-out has come. `location`: where to ask again. */
export type SignOutAnswer = { confirmed: boolean; receipt?: string; location?: string; latestInMs?: number }

/** A refusal, or silence, in words for the page. */
export type Failure = { failed: string }

/** The issuer's metadata, as far as it is needed. */
type Metadata = { issuer: string; authorization_endpoint: string; token_endpoint: string; jwks_uri: string }

/** Everything that the fleet asks of the issuer: as any OAuth client would, over HTTP. */
export type IssuerClient = {
  settings: IssuerSettings
  /** Is it there? */
  answers(): Promise<boolean>
  authorizeUrl(pending: { state: string; nonce: string; verifier: string }): Promise<string | undefined>
  redeem(code: string, verifier: string): Promise<Tokens | Failure>
  signIn(identifier: string, password: string, deviceName: string): Promise<Tokens | Failure>
  /** Undefined: no answer. */
  refresh(tokens: Tokens): Promise<Tokens | Failure | undefined>
  userName(access: string): Promise<string | undefined>
  /** Undefined: no answer, so it may or may not have worked. */
  signOut(access: string, everywhere: boolean): Promise<SignOutAnswer | undefined>
  askAgain(location: string): Promise<SignOutAnswer | undefined>
  keys(): Promise<unknown[]>
}

/** Makes a client of the issuer. */
export function makeIssuerClient(settings: IssuerSettings, { call }: Caller, world: Pick<World, 'monotonic'>): IssuerClient {
  const { issuer, clientId, redirectUri, scope } = settings
  let metadata: Metadata | undefined

  const ask = (path: string, what: Partial<Call> = {}) => call(path.startsWith('/') ? issuer + path : path, { patience: 4000, ...what })

  async function discover(): Promise<Metadata | undefined> {
    if (metadata) return metadata
    const found = json(await ask('/.well-known/openid-configuration'))
    if (found.issuer === issuer) metadata = found as Metadata // OpenID Connect Discovery 1.0 §4.3
    return metadata
  }

  async function token(form: Record<string, string>): Promise<Answer | undefined> {
    const endpoint = (await discover())?.token_endpoint
    return endpoint === undefined
      ? undefined
      : ask(endpoint, { method: 'POST', body: new URLSearchParams({ client_id: clientId, ...form }) })
  }

  function tokens(answer: Answer | undefined, sentAt: number): Tokens | Failure {
    const { access_token, refresh_token, expires_in, error_description, error } = json(answer)
    if (answer === undefined) return { failed: 'The issuer did not answer.' }
    if (typeof access_token === 'string' && typeof refresh_token === 'string') {
      return { access: access_token, refresh: refresh_token, expiresAt: sentAt + Number(expires_in ?? 60) * 1000 }
    }
    return { failed: `The issuer said: ${String(error_description ?? error ?? answer.status)}.` }
  }

  /** The pending answer waits one second only: a person looks at the page meanwhile. */
  async function signOut(path: string, what: Partial<Call>, wait: number): Promise<SignOutAnswer | undefined> {
    const answer = await ask(path, { ...what, headers: { prefer: `wait=${wait}` }, patience: wait * 1000 + 4000 })
    const { confirmed, receipt, latest_in_ms } = json(answer)
    if (answer?.status !== 200 && answer?.status !== 202) return undefined
    const location = answer.headers.location
    return {
      confirmed: answer.status === 200 && confirmed !== false,
      ...(typeof receipt === 'string' && { receipt }),
      ...(typeof location === 'string' && { location: new URL(location, issuer).href }),
      ...(typeof latest_in_ms === 'number' && { latestInMs: latest_in_ms }),
    }
  }

  return {
    settings,
    answers: async () => (await ask('/.well-known/openid-configuration', { patience: 1000 }))?.status === 200,
    async authorizeUrl({ state, nonce, verifier }) {
      const endpoint = (await discover())?.authorization_endpoint
      if (endpoint === undefined) return undefined
      const challenge = createHash('sha256').update(verifier).digest('base64url') // RFC 7636 §4.2
      const query = {
        client_id: clientId,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope,
        state,
        nonce,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      }
      return `${endpoint}?${new URLSearchParams(query)}`
    },
    async redeem(code, verifier) {
      const sentAt = world.monotonic()
      return tokens(await token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }), sentAt)
    },
    async signIn(identifier, password, deviceName) {
      const sentAt = world.monotonic()
      return tokens(
        await ask('/session/sign-in', { method: 'POST', body: { identifier, password, device_name: deviceName, mode: 'token' } }),
        sentAt,
      )
    },
    async refresh({ refresh }) {
      const sentAt = world.monotonic()
      const answer = await token({ grant_type: 'refresh_token', refresh_token: refresh })
      return answer === undefined || answer.status >= 500 ? undefined : tokens(answer, sentAt)
    },
    async userName(access) {
      const { user } = json(await ask('/session', { bearer: access })) as { user?: { name?: unknown; sub?: unknown } | null }
      return typeof user?.name === 'string' ? user.name : undefined
    },
    signOut: (access, everywhere) =>
      everywhere
        ? signOut('/sessions', { method: 'DELETE', bearer: access }, 1)
        : signOut('/session/sign-out', { method: 'POST', bearer: access, body: {} }, 1),
    askAgain: (location) => signOut(location, {}, 5),
    async keys() {
      const uri = (await discover())?.jwks_uri
      const { keys } = json(uri === undefined ? undefined : await ask(uri))
      return Array.isArray(keys) ? keys : []
    },
  }
}
