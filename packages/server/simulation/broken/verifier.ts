import { soundParts } from '../../../verifier/src/parts.ts'
import type { Broken } from '../broken.ts'
import { claimsOf } from '../claims-of.ts'
import type { Process } from '../machine.ts'
import type { VerifierMade } from '../verifier.ts'

type Parts = VerifierMade['parts']

/** A verifier with some parts broken, in each of its processes. */
function brokenVerifier(
  about: Pick<Broken, 'name' | 'rule' | 'wrong' | 'scenario'>,
  make: (process: Process, needs: Parameters<Broken['replace']>[0]) => Partial<VerifierMade>,
): Broken {
  return { ...about, replace: (needs) => ({ verifier: (process) => make(process, needs) }) }
}

const parts = (broken: Parts): Partial<VerifierMade> => ({ parts: broken })

/** The broken parts of V1, V2 and V5 to V9. */
export const verifier: readonly Broken[] = [
  brokenVerifier(
    { name: 'SETFIRST', rule: 'V1', wrong: 'it awaits between the look at the copy and the one at the lease', scenario: 'cold' },
    () => {
      let copy: ReturnType<typeof soundParts.makeCopy> | undefined
      const looked = new Map<string, boolean>()
      return {
        parts: {
          makeCopy: () => (copy = soundParts.makeCopy()),
          decide(token, ...rest) {
            const wasFine = looked.get(token.claims.jti)
            looked.delete(token.claims.jti)
            if (!wasFine) return soundParts.decide(token, ...rest)
            return soundParts.decide(token, { ...rest[0], horizon: 0, revision: 0, covers: () => undefined }, rest[1], rest[2])
          },
        },
        before(token) {
          const claims = claimsOf(token)
          looked.set(claims.jti, copy?.covers(claims, '') === undefined)
        },
      }
    },
  ),
  brokenVerifier(
    { name: 'CLOCKFIRST', rule: 'V1', wrong: 'it looks at the lease, awaits, and then looks at the copy', scenario: 'slow' },
    (process) => {
      let lease: ReturnType<typeof soundParts.makeLease> | undefined
      const looked = new Map<string, boolean>()
      return {
        parts: {
          makeLease: () => (lease = soundParts.makeLease()),
          decide(token, copy, warrant, world) {
            const wasHeld = looked.get(token.claims.jti)
            looked.delete(token.claims.jti)
            return soundParts.decide(token, copy, wasHeld ? { holds: () => true } : warrant, world)
          },
        },
        before(token) {
          looked.set(claimsOf(token).jti, lease?.holds(process.monotonic(), process.wall()) ?? false)
        },
      }
    },
  ),
  brokenVerifier({ name: 'SAMEID', rule: 'V2', wrong: 'two processes have one id', scenario: 'two processes' }, () =>
    parts({ makeVerifierId: () => 'configured-by-hand-0000' }),
  ),
  brokenVerifier(
    { name: 'FAILOPEN', rule: 'V5', wrong: 'without a lease it accepts what it knows nothing against', scenario: 'cold' },
    () =>
      parts({
        decide(...asked) {
          const decision = soundParts.decide(...asked)
          return decision === 'no_lease' ? 'accepted' : decision
        },
      }),
  ),
  brokenVerifier({ name: 'SHAREDASK', rule: 'V5', wrong: 'a request joins a question that is under way', scenario: 'asked' }, () =>
    parts({
      makeAsking(needs) {
        const asking = soundParts.makeAsking(needs)
        const underWay = new Map<string, ReturnType<typeof asking.ask>>()
        return {
          ask(token) {
            const asked = underWay.get(token) ?? asking.ask(token).finally(() => underWay.delete(token))
            underWay.set(token, asked)
            return asked
          },
        }
      },
    }),
  ),
  brokenVerifier({ name: 'LATEASK', rule: 'V5', wrong: 'an answer of the issuer counts however late it comes', scenario: 'asked' }, () =>
    parts({ makeAsking: (needs) => soundParts.makeAsking({ ...needs, patience: () => 1e6 }) }),
  ),
  brokenVerifier(
    { name: 'VSLEEP', rule: 'V6', wrong: 'the lease is kept on the monotonic clock alone', scenario: 'suspended' },
    (process) => {
      const began = process.wall() - process.monotonic()
      return { world: () => ({ ...process, wall: () => began + process.monotonic() }) }
    },
  ),
  brokenVerifier(
    { name: 'RELEASELIVE', rule: 'V7', wrong: 'it releases its row, as if to move, and goes on', scenario: 'cut off' },
    (_process, { chance }) => ({
      transport: (transport) => ({
        ...transport,
        follow(request, signal) {
          const answer = transport.follow(request, signal)
          if (chance.happens(0.2)) void answer.then(() => transport.release({ version: 1, id: request.id })).catch(() => undefined)
          return answer
        },
      }),
    }),
  ),
  brokenVerifier({ name: 'UNKNOWNSORT', rule: 'V9', wrong: 'it skips an entry that it does not know', scenario: 'new sort' }, () =>
    parts({
      readFollowAnswer(value) {
        const body = value as { entries: object[] }
        return soundParts.readFollowAnswer({ ...body, entries: body.entries.filter((entry) => !('hushed' in entry)) })
      },
    }),
  ),
  brokenVerifier({ name: 'KEEPID', rule: 'V9', wrong: 'it begins again, cold, under its old id', scenario: 'new sort' }, (process) => {
    const id = soundParts.makeVerifierId(process)
    // At once, not a minute later.
    const world = {
      ...process,
      after: (milliseconds: number, run: () => void) => process.after(milliseconds === 60_000 ? 20 : milliseconds, run),
    }
    return { parts: { makeVerifierId: () => id }, world: () => world }
  }),
]
