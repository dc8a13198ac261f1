import { clock, type Fact, facts, milliseconds, next, type Out } from './print.ts'

/** What `outcome` in control/ says of an ending. */
export interface EndingAnswer {
  readonly ended: number
  readonly confirmed: boolean
  readonly seq: number
  readonly id: string
  readonly took_ms?: number
  readonly latest_in_ms?: number
  readonly receipt: string
  readonly details: {
    readonly verifiers: readonly {
      readonly name?: string
      readonly acknowledged: number
      readonly gone: number
      readonly lease_over: number
      readonly waiting: number
      readonly slowest_ms?: number
    }[]
    readonly uncovered: readonly { readonly aud: string; readonly until: number }[]
    readonly kept: readonly { readonly client: string; readonly scope: string }[]
  }
}

/** How it is told: what was done, whose tokens no service accepts any more, the next command. */
export interface EndingWords {
  readonly done: readonly Fact[]
  readonly tokens: string
  readonly next: string
}

/** Ended but not confirmed yet: the exit code says so, too. */
export function endingCode({ confirmed }: EndingAnswer): number {
  return confirmed ? 0 : 3
}

/** Tells what an ending came to, as look.md has it: what ended, each service, the outcome, the next command. */
export function tellEnding(answer: EndingAnswer, words: EndingWords, out: Out): void {
  const { verifiers, uncovered, kept } = answer.details
  const rows: Fact[] = words.done.map((fact, index) => (index === 0 ? { figure: `no. ${answer.seq}`, ...fact } : fact))
  for (const { name = 'others', acknowledged, gone, lease_over, waiting, slowest_ms } of verifiers) {
    const told = [count(acknowledged, 'acknowledged'), count(gone, 'gone'), count(lease_over, 'lease ran out'), count(waiting, 'waiting')]
    const is = told.filter((text) => text !== '').join(', ') || 'no verifier runs'
    rows.push({ what: name, is, figure: milliseconds(slowest_ms), tone: waiting > 0 ? 'bad' : 'plain' })
  }
  for (const { aud, until } of uncovered) rows.push({ what: 'uncovered', is: `${aud}, until ${clock(until)}`, tone: 'bad' })
  for (const { client, scope } of kept) rows.push({ what: 'kept', is: `the offline grant of ${client}: ${scope}` })
  const who = uncovered.length + kept.length === 0 ? 'no service' : 'no service that follows'
  rows.push(
    answer.confirmed
      ? { what: 'confirmed', is: `${who} accepts ${words.tokens}`, figure: milliseconds(answer.took_ms), tone: 'good' }
      : {
          what: 'pending',
          is: 'not every verifier has confirmed yet',
          figure: `${milliseconds(answer.latest_in_ms)} at most`,
          tone: 'bad',
        },
  )
  facts(rows, out)
  next(words.next, out)
}

/** What a user lost. */
export function devices(answer: EndingAnswer): string {
  return answer.ended === 0 ? 'signed in nowhere' : answer.ended === 1 ? '1 device' : `${answer.ended} devices`
}

function count(n: number, what: string): string {
  return n === 0 ? '' : n === 1 ? what : `${n} ${what}`
}
