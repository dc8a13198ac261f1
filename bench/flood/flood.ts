import { kinds } from '../../packages/server/prove/endings.ts'
import { json } from '../../packages/server/prove/http-client.ts'
import { figures } from '../../packages/server/prove/percentiles.ts'
import { type Person, signIn } from '../../packages/server/prove/population.ts'
import { type Cast, raise } from '../../packages/server/prove/raise.ts'
import { row } from '../spread.ts'
import type { Row, Topic } from '../topic.ts'

const services = 3
const atOnce = 50

/** `npm run bench -- flood`: how long a confirmed sign-out takes while strangers try passwords, so many at any moment (RL-2). */
export const flood: Topic = {
  title: `POST /session/sign-out, confirmed by ${services} services, alone and under ${atOnce} sign-ins at once; SQLite, a sync before each answer; ms`,
  async measure({ short, rounds = short ? 1 : 5, say }) {
    const each = short ? 10 : 40
    const cast = await raise({ services, devices: each, lease: 5000, grace: 10 })
    try {
      const person: Person = { name: 'ada', password: 'the password of ada', sub: '', devices: [], busy: false, gone: false }
      await post('/sign-up', person.name, person.password, cast)
      say(`flood: signing in on ${each * rounds * 2} devices`)
      for (let index = 0; index < each * rounds * 2; index++) await signIn(person, cast.stage, `device ${index}`)
      const alone: number[][] = []
      const under: number[][] = []
      const tried: number[] = []
      for (let round = 1; round <= rounds; round++) {
        say(`flood: round ${round} of ${rounds}`)
        alone.push(await signOut(person, each, cast))
        const flooding = startFlood(cast)
        under.push(await signOut(person, each, cast))
        tried.push(await flooding.stop())
      }
      return [
        ...rowsOf('alone', alone),
        ...rowsOf(`under ${atOnce} sign-ins at once`, under),
        row('flood, answered', 'sign-ins of strangers', '1/s', tried),
      ]
    } finally {
      await cast.end()
    }
  },
}

/** Signs out one device after another, with a moment between. */
async function signOut(person: Person, count: number, { stage }: Cast): Promise<number[]> {
  const times: number[] = []
  for (const device of person.devices.splice(0, count)) {
    await new Promise((later) => setTimeout(later, 50))
    const { sentAt, confirmedAt } = await kinds['sign-out']!(person, device, stage) // throws if it was not confirmed
    times.push(confirmedAt - sentAt)
  }
  return times
}

/** So many sign-ins are under way at any moment, each with a name that nobody has: each costs a hash. */
function startFlood(cast: Cast): { stop(): Promise<number> } {
  const began = performance.now()
  let isOver = false
  let count = 0
  const one = async (index: number): Promise<void> => {
    for (let more = 0; !isOver; more++) {
      await post('/session/sign-in', `stranger-${index}-${more}`, 'a wrong password', cast)
      count += 1
    }
  }
  const all = Array.from({ length: atOnce }, (_, index) => one(index))
  return {
    async stop() {
      const seconds = (performance.now() - began) / 1000
      isOver = true
      await Promise.all(all)
      return count / seconds
    },
  }
}

async function post(path: string, identifier: string, password: string, { stage }: Cast): Promise<void> {
  await stage.http.call(`${stage.url}${path}`, { method: 'POST', ...json({ identifier, password, mode: 'token' }) })
}

function rowsOf(what: string, rounds: readonly (readonly number[])[]): Row[] {
  return (['p50', 'p99'] as const).map((share) =>
    row(
      `flood, ${share}`,
      what,
      'ms',
      rounds.map((round) => figures(round)[share]),
    ),
  )
}
