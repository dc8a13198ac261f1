import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { type Algorithm, checkJws, exportJwk, type PublicJwk, signJws } from '../jws/index.ts'
import { makeCopy } from '../ledger-copy/copy.ts'
import type { VerifierOptions } from '../settings.ts'
import type { Transport, TransportAnswer } from '../transport.ts'
import { TransportError } from '../transport.ts'
import { createVerifier, type Verifier } from '../verifier.ts'
import {
  ACCESS_TOKEN_TYP,
  type AccessTokenClaims,
  type Cut,
  type Entry,
  encodeBase64url,
  type FollowRequest,
  type Name,
} from '../wire/index.ts'
import { realWorld, type World } from '../world.ts'

/** How a test issuer is set up. */
export type TestIssuerOptions = { issuer?: string; audience?: string; alg?: Algorithm; lease?: number; world?: World }

/** An issuer in the test's own process: it signs tokens, keeps a ledger, and tells its verifiers. No network, no database. */
export interface TestIssuer {
  readonly issuer: string
  readonly audience: string
  readonly kid: string
  readonly privateKey: KeyObject
  readonly transport: Transport
  /** The public key, as it would stand in the issuer's key set. */
  readonly jwk: PublicJwk
  /** A verifier that follows this issuer. */
  verifier<Claims extends object = object>(options?: Partial<VerifierOptions>): Verifier<Claims>
  /** An access token; the claims that are given, and good ones for the rest. `undefined` leaves a claim out. */
  token(claims?: Partial<AccessTokenClaims>, typ?: string): string
  /** The same as the value of an `Authorization` header. */
  bearer(claims?: Partial<AccessTokenClaims>): string
  /** Ends a session, a grant, a token or a key. Resolves when each verifier has it, or its lease is over. */
  end(what: Name): Promise<void>
  /** Ends all that a user, a client, or everybody has now. */
  cut(whom: Cut): Promise<void>
  /** The rights of a user, a client, or everybody changed. */
  stale(whom: Cut): Promise<void>
  /** The issuer cannot be reached, until it is plugged in again. */
  unplug(): void
  plugIn(): void
  /** The last number in the ledger. */
  head(): number
  /** Nothing that expires up to this second is remembered any more. */
  setHorizon(second: number): void
}

type Held = { answer(): void; lose(): void }

const keyPairs: Record<Algorithm, () => { privateKey: KeyObject; publicKey: KeyObject }> = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  Ed25519: () => generateKeyPairSync('ed25519'),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
}

/** Makes an issuer for tests. */
export function makeTestIssuer(options: TestIssuerOptions = {}): TestIssuer {
  const { issuer = 'https://issuer.example', audience = 'https://api.example', alg = 'ES256', lease = 5_000, world = realWorld } = options
  const { privateKey, publicKey } = keyPairs[alg]()
  const newId = () => encodeBase64url(world.random(16))
  const kid = newId()
  const jwk = exportJwk(publicKey, kid, alg)
  const copy = makeCopy()
  const entries: Entry[] = []
  const rows = new Map<string, number>()
  const held = new Set<Held>()
  const acknowledged = new Set<() => void>()
  let horizon = Math.floor(world.wall() / 1000) - 60
  let isPluggedIn = true

  const answerTo = (after: number): TransportAnswer => {
    const newer = entries.filter((entry) => entry.seq > after && entry.until > horizon)
    return { status: 200, body: { version: 1, entries: structuredClone(newer), up_to: entries.length, horizon, lease } }
  }

  const follow = (request: FollowRequest, signal: AbortSignal): Promise<TransportAnswer> => {
    if (request.after > entries.length) return Promise.resolve({ status: 409, body: { error: 'ledger_behind' } })
    rows.set(request.id, Math.max(request.after, rows.get(request.id) ?? 0)) // F1
    for (const look of [...acknowledged]) look()
    if (request.after < entries.length || request.hold === 0) return Promise.resolve(answerTo(request.after)) // F4
    return new Promise((resolve, reject) => {
      const settle = (then: () => void) => {
        held.delete(waiting)
        cancel()
        then()
      }
      const waiting: Held = {
        answer: () => settle(() => resolve(answerTo(request.after))),
        lose: () => settle(() => reject(new TransportError(`no answer from the issuer at ${issuer} (unplugged)`))),
      }
      const cancel = world.after(request.hold, waiting.answer)
      held.add(waiting)
      signal.addEventListener('abort', () => settle(() => reject(signal.reason)))
    })
  }

  const append = (what: { ended: Name } | { cut: Cut } | { stale: Cut }): Promise<void> => {
    const seq = entries.length + 1
    const entry: Entry = { seq, until: Math.ceil(world.wall() / 1000) + 3_600, ...what }
    entries.push(entry)
    copy.take([entry])
    const behind = [...rows].filter(([, acked]) => acked < seq).map(([id]) => id) // S2
    const confirmed = new Promise<void>((resolve) => {
      const look = () => {
        if (behind.some((id) => (rows.get(id) ?? seq) < seq)) return
        acknowledged.delete(look)
        cancel()
        resolve()
      }
      const cancel = world.after(lease * 1.02 + 50, () => {
        for (const id of behind) rows.delete(id) // D1: its lease is over by now
        look()
      })
      acknowledged.add(look)
      look()
    })
    for (const each of [...held]) each.answer()
    return confirmed
  }

  const introspect = (token: string): TransportAnswer => {
    const read = checkJws(token, () => ({ key: publicKey, alg }), { typ: ACCESS_TOKEN_TYP })
    if ('problem' in read) return { status: 200, body: { active: false } }
    const claims = read.claims as AccessTokenClaims
    const active = claims.exp > world.wall() / 1000 && copy.covers(claims, read.header.kid) === undefined
    return { status: 200, body: active ? { active, ...claims } : { active } } // RFC 7662 §2.2
  }

  const reached = async <T>(run: () => T | Promise<T>): Promise<T> => {
    if (!isPluggedIn) throw new TransportError(`no answer from the issuer at ${issuer} (unplugged)`)
    return run()
  }
  const transport: Transport = {
    follow: (request, signal) => reached(() => follow(request, signal)),
    release: (request) =>
      reached(() => {
        rows.delete(request.id)
        for (const look of [...acknowledged]) look()
      }),
    introspect: (token) => reached(() => introspect(token)),
    keys: () => reached(() => ({ status: 200, body: { keys: [jwk] } })),
  }

  const token = (claims: Partial<AccessTokenClaims> = {}, typ: string = ACCESS_TOKEN_TYP): string => {
    const now = Math.floor(world.wall() / 1000)
    const birth = { pos: entries.length, seq: entries.length, iat: now, exp: now + 300, jti: newId(), sid: newId(), gid: newId() }
    const good = { iss: issuer, sub: 'user-1', usr: 'AAAAAAAAAAAAAAAAAAAAAA', aud: audience, client_id: 'test', scope: '', ...birth }
    return signJws({ typ, kid, alg }, { ...good, ...claims }, privateKey)
  }

  return {
    ...{ issuer, audience, kid, privateKey, transport, jwk, token },
    verifier: (more = {}) => createVerifier({ issuer, audience, transport, world, ...more }),
    bearer: (claims) => `Bearer ${token(claims)}`,
    end: (what) => append({ ended: what }),
    cut: (whom) => append({ cut: whom }),
    stale: (whom) => append({ stale: whom }),
    unplug() {
      isPluggedIn = false
      for (const each of [...held]) each.lose()
    },
    plugIn() {
      isPluggedIn = true
    },
    head: () => entries.length,
    setHorizon(second) {
      horizon = Math.max(horizon, second)
    },
  }
}
