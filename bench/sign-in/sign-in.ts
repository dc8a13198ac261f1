import { json } from '../../packages/server/prove/http-client.ts'
import { figures } from '../../packages/server/prove/percentiles.ts'
import { raise } from '../../packages/server/prove/raise.ts'
import { row } from '../spread.ts'
import type { Topic } from '../topic.ts'

/** `npm run bench -- sign-in`: whether the time of a refusal tells that there is such a name (LG-1): the same wrong password, in turn. */
export const signIn: Topic = {
  title: 'POST /session/sign-in, refused: a name that is there and one that nobody has, in turn; on a grid of 250 ms; ms',
  async measure({ short, rounds = short ? 1 : 5, say }) {
    const samples = short ? 4 : 40
    const { stage, end } = await raise({ services: 0, devices: 1, lease: 5000, grace: 10 })
    const call = (path: string, identifier: string, password: string) =>
      stage.http.call(`${stage.url}${path}`, { method: 'POST', ...json({ identifier, password, mode: 'token' }) })
    try {
      const known: number[] = []
      const unknown: number[] = []
      for (let round = 1; round <= rounds; round++) {
        say(`sign-in: round ${round} of ${rounds}`)
        const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] }
        for (let index = 0; index < samples; index++) {
          // A name for each try: nothing is left of a burst after ten.
          await call('/sign-up', `known-${round}-${index}`, 'the password of somebody')
          for (const which of index % 2 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)) {
            const began = performance.now()
            await call('/session/sign-in', `${which}-${round}-${index}`, 'a wrong password, of course')
            times[which].push(performance.now() - began)
          }
        }
        known.push(figures(times.known).p50)
        unknown.push(figures(times.unknown).p50)
      }
      return [
        row('refused', 'a name that is there', 'ms', known),
        row('refused', 'a name that nobody has', 'ms', unknown),
        row(
          'refused',
          'ratio of the medians',
          'x',
          known.map((one, index) => one / unknown[index]!),
        ),
      ]
    } finally {
      await end()
    }
  },
}
