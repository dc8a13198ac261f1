import type { Out } from './print.ts'
import { type Fact, facts, milliseconds, next } from './print.ts'

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

/** Tells what an ending came to, as look.md has it: what ended, each service, the outcome first to last, the next command. */
export function tellEnding(answer: EndingAnswer, who: string, after: string, out: Out): number {
  if (out.json) {
    out.write(`${JSON.stringify(answer)}\n`)
    return answer.confirmed ? 0 : 3
  }
  const devices = answer.ended === 1 ? '1 device' : `${answer.ended} devices`
  const rows: Fact[] = [
    { what: 'ended', is: `${who}${answer.ended > 0 ? `, ${devices}` : ', nothing that still lived'}`, figure: `no. ${answer.seq}` },
  ]
  for (const { name = 'others', acknowledged, gone, lease_over, waiting, slowest_ms } of answer.details.verifiers) {
    const told = [
      count(acknowledged, 'acknowledged'),
      count(gone, 'gone'),
      count(lease_over, 'lease ran out'),
      count(waiting, 'waiting'),
    ].filter((text) => text !== '')
    rows.push({ what: name, is: told.join(', ') || 'no verifier', figure: milliseconds(slowest_ms), tone: waiting > 0 ? 'bad' : 'plain' })
  }
  for (const { aud, until } of answer.details.uncovered) rows.push({ what: 'uncovered', is: `${aud}, until ${clock(until)}`, tone: 'bad' })
  for (const { client, scope } of answer.details.kept) rows.push({ what: 'kept', is: `${client}: ${scope}` })
  rows.push(
    answer.confirmed
      ? { what: 'confirmed', is: `no service that follows accepts ${who}'s tokens`, figure: milliseconds(answer.took_ms), tone: 'good' }
      : {
          what: 'pending',
          is: 'not every verifier has confirmed yet',
          figure: `at most ${milliseconds(answer.latest_in_ms)}`,
          tone: 'bad',
        },
  )
  facts(rows, out)
  next(after, out)
  return answer.confirmed ? 0 : 3
}

function count(n: number, what: string): string {
  return n === 0 ? '' : n === 1 ? what : `${n} ${what}`
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(11, 19)
}
