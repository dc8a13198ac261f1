import { setTimeout as wait } from 'node:timers/promises'
import { createVerifier } from '@curfew/verifier'
import { answerQuestions, readSetup } from './part.ts'

/** What the process of real verifiers is told. */
export interface VerifiersSetup {
  readonly issuer: string
  readonly audience: string
  readonly keys: readonly string[]
}

/** Milliseconds of the machine's monotonic clock, the same in all processes; when the last of the verifiers refused, if all did in time. */
export interface Refused {
  readonly at: number | undefined
}

/** The product's own verifiers, several in one process: each has its id, its row, and its connection. */
const { issuer, audience, keys } = readSetup<VerifiersSetup>()
const verifiers = keys.map((key) => createVerifier({ issuer, audience, key }))
await Promise.all(verifiers.map((verifier) => verifier.ready()))
const clock = (): number => Number(process.hrtime.bigint()) / 1e6

/** `accept`: how many take the token now. `until`: when the last one refused. */
answerQuestions<{ accept: string } | { refuse: string }>({}, async (question) => {
  const authorization = `Bearer ${'accept' in question ? question.accept : question.refuse}`
  const verdicts = (): Promise<boolean[]> =>
    Promise.all(verifiers.map(async (verifier) => (await verifier.verify({ authorization })).outcome === 'accepted'))
  if ('accept' in question) return { accepted: (await verdicts()).filter(Boolean).length }
  for (const end = clock() + 10_000; clock() < end; await wait(1)) {
    if (!(await verdicts()).includes(true)) return { at: clock() } satisfies Refused
  }
  return {} satisfies Partial<Refused>
})
