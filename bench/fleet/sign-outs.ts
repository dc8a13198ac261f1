import type { httpClient } from '../../packages/server/prove/http-client.ts'
import { bearer } from '../../packages/server/prove/population.ts'
import type { Cast } from './cast.ts'
import type { Followed } from './follower.ts'

/** What a stretch of sign-outs came to. */
export interface Stretch {
  /** Milliseconds from sending to the confirmed answer, each. */
  readonly times: readonly number[]
  /** Milliseconds from sending to the moment at which the last of the product's own verifiers refused, of some of them. */
  readonly refusals: readonly number[]
  readonly seconds: number
  /** Those that were answered, a second. */
  readonly perSecond: number
  /** Microseconds of CPU of the stretch. */
  readonly cpu: { readonly issuer: number; readonly postgres: number; readonly network: number }
  /** Of the lean followers. */
  readonly followed: Readonly<Followed>
}

/** Signs these tokens out at an even pace, whether or not the ones before were answered, and waits for all. With none it only looks on for `idle` ms. */
export async function signOut(
  tokens: readonly string[],
  pace: number,
  idle: number,
  cast: Cast,
  http: ReturnType<typeof httpClient>,
): Promise<Stretch> {
  const { urls } = cast
  const times: number[] = []
  const refusals: number[] = []
  let isWatching = false
  const watch = async (token: string): Promise<void> => {
    isWatching = true
    const began = clock()
    const { at } = await cast.verifiers.ask<{ at?: number }>({ refuse: token })
    if (at === undefined) throw new Error('A verifier still accepts a token ten seconds after its sign-out.')
    refusals.push(at - began)
    isWatching = false
  }
  const one = async (token: string, nth: number): Promise<void> => {
    const answer = await http
      .call(`${urls[nth % urls.length]}/session/sign-out`, { method: 'POST', headers: bearer(token), patience: 60_000 })
      .catch((error: unknown) => Promise.reject(new Error('A sign-out was not answered.', { cause: error })))
    const { status, text, sentAt, cameAt } = answer
    if (status !== 200 || !text.includes('"confirmed":true')) throw new Error(`sign-out: ${status} ${text.slice(0, 200)}`)
    times.push(cameAt - sentAt)
  }
  // A confirmed sign-out that is accepted afterwards would be the end of it all; so of a few it is known that they were good before.
  const [sample] = tokens
  if (sample !== undefined) {
    const { accepted } = await cast.verifiers.ask<{ accepted: number }>({ accept: sample })
    if (accepted === 0) throw new Error('No verifier takes a good token.')
  }
  const [cpuBefore, before] = [await cast.cpu(), await cast.followers()]
  const began = performance.now()
  const underWay: Promise<void>[] = []
  for (const [nth, token] of tokens.entries()) {
    const wait = began + (nth * 1000) / pace - performance.now()
    if (wait > 1) await new Promise((later) => setTimeout(later, wait))
    if (!isWatching && nth % 8 === 0) underWay.push(watch(token))
    underWay.push(one(token, nth))
  }
  if (tokens.length === 0) await new Promise((later) => setTimeout(later, idle))
  await Promise.all(underWay)
  const seconds = (performance.now() - began) / 1000
  const [cpu, after] = [await cast.cpu(), await cast.followers()]
  if (sample !== undefined) {
    const { accepted } = await cast.verifiers.ask<{ accepted: number }>({ accept: sample })
    if (accepted > 0) throw new Error('ACCEPTED AFTER CONFIRMED: a verifier takes a token whose sign-out was confirmed.')
  }
  return {
    times,
    refusals,
    seconds,
    perSecond: times.length / seconds,
    cpu: { issuer: cpu.issuer - cpuBefore.issuer, postgres: cpu.postgres - cpuBefore.postgres, network: cpu.network - cpuBefore.network },
    followed: {
      requests: after.requests - before.requests,
      spares: after.spares - before.spares,
      used: after.used - before.used,
      withEntries: after.withEntries - before.withEntries,
      entries: after.entries - before.entries,
      lapses: after.lapses - before.lapses,
      failures: after.failures - before.failures,
    },
  }
}

function clock(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
