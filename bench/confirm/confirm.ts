import { kinds } from '../../packages/server/prove/endings.ts'
import { json } from '../../packages/server/prove/http-client.ts'
import { measureFloor } from '../../packages/server/prove/measure-floor.ts'
import { figures } from '../../packages/server/prove/percentiles.ts'
import { type Person, signIn } from '../../packages/server/prove/population.ts'
import { type Cast, raise } from '../../packages/server/prove/raise.ts'
import { ratioRow, row } from '../spread.ts'
import type { Row, Topic } from '../topic.ts'

const services = 3
const ours = 'curfew, sign-out'
const floor = 'bare long poll'

/** `npm run bench -- confirm`: from sending a sign-out to its confirmed answer, with three services that follow and nothing else to do. */
export const confirm: Topic = {
  title: `POST /session/sign-out, confirmed by ${services} services, each a process; SQLite with a sync before each answer; ms`,
  async measure({ short, rounds = short ? 1 : 7, say }) {
    const each = short ? 10 : 100
    const pace = short ? 20 : 12
    const cast = await raise({ services, devices: each, lease: 5000, grace: 10 })
    try {
      say(`confirm: signing in on ${each * (rounds + 1)} devices`)
      const people: Person[] = []
      for (let round = 0; round <= rounds; round++) people.push(await signInOnAll(`user-${round}`, each, cast)) // a round's worth each
      const rounded: { floor: number[]; ours: number[] }[] = []
      for (const [round, person] of people.entries()) {
        say(`confirm: round ${round} of ${rounds}`)
        const times = await takeRound(person, pace, cast)
        if (round > 0) rounded.push(times) // the first one warms up
      }
      return rows(rounded)
    } finally {
      await cast.end()
    }
  },
}

async function signInOnAll(name: string, devices: number, { stage }: Cast): Promise<Person> {
  const person: Person = { name, password: `the password of ${name}`, sub: '', devices: [], busy: false, gone: false }
  await stage.http.call(`${stage.url}/sign-up`, { method: 'POST', ...json({ identifier: name, password: person.password, mode: 'token' }) })
  for (let index = 0; index < devices; index++) await signIn(person, stage, `device ${index}`)
  return person
}

/** Signs the person out of one device after another, so many a second, and meanwhile posts to a bare long poll as often. */
async function takeRound(person: Person, pace: number, { stage }: Cast): Promise<{ floor: number[]; ours: number[] }> {
  const bare = await measureFloor(services, pace)
  const times: number[] = []
  for (const device of person.devices) {
    await new Promise((later) => setTimeout(later, 1000 / pace))
    const { sentAt, confirmedAt } = await kinds['sign-out']!(person, device, stage) // throws if it was not confirmed
    times.push(confirmedAt - sentAt)
  }
  return { ours: times, floor: await bare.stop() }
}

function rows(rounds: readonly { floor: readonly number[]; ours: readonly number[] }[]): Row[] {
  return (['p50', 'p99'] as const).flatMap((share) => {
    const topic = `confirm, ${share}`
    const values = new Map([
      [ours, rounds.map((round) => figures(round.ours)[share])],
      [floor, rounds.map((round) => figures(round.floor)[share])],
    ])
    return [...[...values].map(([name, list]) => row(topic, name, 'ms', list)), ratioRow(topic, values, ours, floor)]
  })
}
