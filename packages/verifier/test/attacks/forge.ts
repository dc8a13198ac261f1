import assert from 'node:assert/strict'
import { type KeyObject, sign } from 'node:crypto'
import type { RefusalReason, Verifier } from '@curfew/verifier'
import type { Algorithm } from '@curfew/verifier/jws'
import { makeTestClock, makeTestIssuer, type TestClock, type TestIssuer } from '@curfew/verifier/testing'
import { derToP1363 } from '@curfew/verifier/wire'

// The attack corpus of docs/requirements.md §2.12: every vector is refused, with a named reason, in bounded time.

export const start = 1_764_000_000
export const quiet = { info() {}, warn() {}, error() {} }

/** An issuer, a verifier of it, and their clock. */
export type Scene = { issuer: TestIssuer; verifier: Verifier; clock: TestClock }

/** Makes one that lets a good token in. */
export async function scene(alg: Algorithm = 'ES256'): Promise<Scene> {
  const clock = makeTestClock(start * 1000)
  const issuer = makeTestIssuer({ world: clock, alg })
  const verifier = issuer.verifier({ logger: quiet })
  await clock.advance(0)
  assert.equal(verifier.verifySync({ authorization: issuer.bearer() })?.outcome, 'accepted', 'the scene lets a good token in')
  return { issuer, verifier, clock }
}

const made: Scene = await scene()
/** The scene that most vectors are tried in. */
export const { issuer, verifier, clock }: Scene = made
/** JSON or text in base64url. */
export const b64 = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
export const goodHeader = { alg: 'ES256', typ: 'at+jwt', kid: issuer.kid }
export const goodPayload = JSON.parse(Buffer.from(issuer.token().split('.')[1]!, 'base64url').toString()) as Record<string, unknown>

/** Signed with the issuer's real key, whatever header and payload say: only what is wrong with them can have it refused. */
export function forge(header: object | string, payload: object | string = goodPayload, key: KeyObject = issuer.privateKey): string {
  const signed = `${b64(header)}.${b64(payload)}`
  const signature = derToP1363(sign('sha256', Buffer.from(signed), key), 32)!
  return `${signed}.${Buffer.from(signature).toString('base64url')}`
}
export const withHeader = (change: object) => forge({ ...goodHeader, ...change })
export const withClaims = (change: object) => forge(goodHeader, { ...goodPayload, ...change })

/** The vector is refused, for one of these reasons, soon, and the caller is told no more than others. */
export function refusedBy(judge: Verifier, token: string, reason: RefusalReason | RefusalReason[], what = ''): void {
  const before = process.cpuUsage() // work, not time: other programs may be running
  const verdict = judge.verifySync({ authorization: `Bearer ${token}` })
  const { user, system } = process.cpuUsage(before)
  const took = (user + system) / 1000
  const label = `${what} ${token.slice(0, 120)}`
  assert.ok(verdict !== undefined && verdict.outcome === 'refused', `not refused: ${label} ${JSON.stringify(verdict)}`)
  assert.ok([reason].flat().includes(verdict.reason), `${verdict.reason} instead of ${reason}: ${label}`)
  assert.deepEqual([verdict.status, verdict.code], [401, 'invalid_token'], label)
  assert.ok(took < 250, `${took} ms: ${label}`)
}
export const refused = (token: string, reason: RefusalReason | RefusalReason[], what?: string) => refusedBy(verifier, token, reason, what)
