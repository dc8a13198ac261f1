import type { Seconds } from '../domain/instant.ts'
import type { Settings } from '../domain/settings.ts'
import { type HttpAnswer, noStoreJson } from '../http/answer.ts'
import { waitApplied } from '../http/prefer.ts'
import type { Ended } from '../use-cases/end.ts'

/** What came of ending something (S4, contract §5): 200 and confirmed; or 202, how long it can still take, and where the outcome will be (S5). */
export function endedAnswer(
  { ended, confirmed, receipt }: Pick<Ended, 'ended' | 'confirmed' | 'receipt'>,
  given: {
    readonly wait: Seconds | undefined
    readonly settings: Pick<Settings, 'basePath'>
    readonly members?: Readonly<Record<string, unknown>>
    readonly headers?: Readonly<Record<string, string>>
    readonly cookies?: readonly string[]
  },
): HttpAnswer {
  const isConfirmed = confirmed.outcome === 'confirmed'
  const times = isConfirmed ? { took_ms: confirmed.tookMs } : { latest_in_ms: confirmed.latestInMs }
  const answer = noStoreJson(
    isConfirmed ? 200 : 202,
    { ended, confirmed: isConfirmed, ...times, receipt, ...given.members },
    {
      ...(isConfirmed ? {} : { location: `${given.settings.basePath}/receipts/${confirmed.id}` }),
      ...waitApplied(given.wait),
      ...given.headers,
    },
  )
  return given.cookies ? { ...answer, cookies: given.cookies } : answer
}
