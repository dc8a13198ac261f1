import { soundParts, type VerifierParts } from '../../../verifier/src/parts.ts'
import type { Broken } from '../broken.ts'
import type { Process } from '../machine.ts'

type TakeAnswer = VerifierParts['takeAnswer']
type Copy = ReturnType<typeof soundParts.makeCopy>

function broken(
  about: Pick<Broken, 'name' | 'rule' | 'wrong' | 'scenario'>,
  make: (process: Process, needs: Parameters<Broken['replace']>[0]) => Partial<VerifierParts>,
): Broken {
  return { ...about, replace: (needs) => ({ verifier: (process) => ({ parts: make(process, needs) }) }) }
}

/** The broken parts of V3, V4 and E3: how answers are worked in, and what is forgotten. */
export const copy: readonly Broken[] = [
  broken(
    { name: 'ACKEARLY', rule: 'V3', wrong: 'it moves its position at once and applies the entries later', scenario: 'cold' },
    (process, { chance, setting }) => ({
      takeAnswer(answer, sent, standing, hearers) {
        if (answer.entries.length === 0) return soundParts.takeAnswer(answer, sent, standing, hearers)
        standing.copy.advance(answer.up_to, answer.horizon)
        process.soon(chance.between(0, setting.leaseMs * 0.1), () => soundParts.takeAnswer(answer, sent, standing, hearers))
      },
    }),
  ),
  broken(
    { name: 'LEASEFIRST', rule: 'V3', wrong: 'it takes the lease first, and the entries a moment later', scenario: 'cold' },
    (process, { chance, setting }) => ({
      takeAnswer(answer, sent, standing, hearers) {
        if (answer.entries.length === 0) return soundParts.takeAnswer(answer, sent, standing, hearers)
        standing.lease.extend(sent, answer.lease)
        process.soon(chance.between(0, setting.leaseMs * 0.1), () => soundParts.takeAnswer(answer, sent, standing, hearers))
      },
    }),
  ),
  broken({ name: 'REPLACE', rule: 'V3', wrong: 'the answer to a request from 0 replaces the copy', scenario: 'late answers' }, () => {
    // What was asked for from 0 has every entry that there is, so it is told by its first one.
    const takeAnswer: TakeAnswer = (answer, sent, standing, hearers) => {
      const isSnapshot = answer.entries.length === 0 ? answer.up_to === 0 : answer.entries[0]!.seq === 1
      if (isSnapshot) standing.copy = soundParts.makeCopy()
      soundParts.takeAnswer(answer, sent, standing, hearers)
    }
    return { takeAnswer }
  }),
  broken({ name: 'HORIZONBACK', rule: 'V3', wrong: 'a late answer takes the horizon back', scenario: 'late horizon' }, () => ({
    makeCopy: () => withHorizon((_, last) => last),
  })),
  broken({ name: 'VERLATE', rule: 'V4', wrong: 'the lease is counted from the arrival of the answer', scenario: 'slow' }, (process) => ({
    makeLease: () => {
      const lease = soundParts.makeLease()
      return { ...lease, extend: (_, milliseconds) => lease.extend({ monotonic: process.monotonic(), wall: process.wall() }, milliseconds) }
    },
  })),
  {
    name: 'UNMATCHED',
    rule: 'V4',
    wrong: 'the lease is counted from the sending of another request',
    scenario: 'late answers',
    replace: () => ({ verifier: () => ({ leaseOf: (body) => body }) }),
  },
  broken(
    {
      name: 'NOHORIZON',
      rule: 'E3',
      wrong: 'tokens that expired before the horizon are judged by its own clock alone',
      scenario: 'forgotten',
    },
    () => ({ makeCopy: () => withHorizon(() => 0) }),
  ),
  broken({ name: 'FORGETBYCLOCK', rule: 'E3', wrong: 'entries are forgotten by its own clock', scenario: 'forgotten' }, (process) => ({
    makeCopy() {
      const copy = soundParts.makeCopy()
      let horizon = 0
      return overCopy(
        copy,
        () => horizon,
        (upTo, told) => {
          horizon = Math.max(horizon, told)
          copy.advance(upTo, Math.max(told, Math.floor(process.wall() / 1000)))
        },
      )
    },
  })),
]

/** A copy whose horizon is what `see` says of the real one and the last one told. */
function withHorizon(see: (real: number, last: number) => number): Copy {
  const copy = soundParts.makeCopy()
  let last = 0
  return overCopy(
    copy,
    () => see(copy.horizon, last),
    (upTo, told) => {
      last = told
      copy.advance(upTo, told)
    },
  )
}

function overCopy(copy: Copy, horizon: () => number, advance: Copy['advance']): Copy {
  return {
    get seq() {
      return copy.seq
    },
    get horizon() {
      return horizon()
    },
    get revision() {
      return copy.revision
    },
    take: copy.take,
    advance,
    covers: copy.covers,
    size: copy.size,
  }
}
