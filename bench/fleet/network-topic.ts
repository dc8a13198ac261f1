import type { httpClient } from '../../packages/server/prove/http-client.ts'
import { figures } from '../../packages/server/prove/percentiles.ts'
import { freePort } from '../../packages/server/prove/processes.ts'
import { startServer } from '../server-process.ts'
import { row } from '../spread.ts'
import type { Plan, Row, Topic } from '../topic.ts'
import type { Cast, Setting } from './cast.ts'
import { withCast } from './fleet.ts'
import type { FollowersSetup } from './followers.ts'
import type { NetworkSetup } from './network.ts'
import { startPart } from './part.ts'
import { signInMany } from './sessions.ts'
import { signOut } from './sign-outs.ts'
import type { Way } from './tcp-loss.ts'

interface Case {
  readonly name: string
  readonly verifiers: number
  /** Sign-outs a second, and how many in a round. */
  readonly rate: number
  readonly count: number
  readonly way?: Way
  readonly callersWay?: Way
}

const far: Way = { oneWay: 40, loss: 0, rtoMin: 200 }
const cases: readonly Case[] = [
  { name: '12 verifiers, loopback', verifiers: 12, rate: 12, count: 120 },
  { name: '12 verifiers, 1 ms, 1 % loss', verifiers: 12, rate: 12, count: 120, way: { oneWay: 1, loss: 0.01, rtoMin: 200 } },
  { name: '1,000 verifiers, 1 ms each way', verifiers: 1000, rate: 2, count: 20, way: { oneWay: 1, loss: 0, rtoMin: 200 } },
  { name: '1,000 verifiers, 1 ms, 1 % loss', verifiers: 1000, rate: 2, count: 20, way: { oneWay: 1, loss: 0.01, rtoMin: 200 } },
  {
    name: '1,000 verifiers, 1 ms, 1 % loss, rto_min 20 ms',
    verifiers: 1000,
    rate: 2,
    count: 20,
    way: { oneWay: 1, loss: 0.01, rtoMin: 20 },
  },
  { name: '12 verifiers, 40 ms each way', verifiers: 12, rate: 10, count: 60, way: far },
  { name: '12 verifiers and callers, 40 ms each way', verifiers: 12, rate: 10, count: 60, way: far, callersWay: far },
]

/** `npm run bench -- network`: confirmation over a network with latency and loss, three nodes on PostgreSQL; beside it the floor over the same network. */
export const network: Topic = {
  title:
    'Confirmed sign-outs over a network with latency and loss (a proxy of the harness, loss as TCP shows it); 3 nodes, PostgreSQL; the floor is a bare long poll',
  async measure(plan) {
    const { short, rounds = short ? 1 : 5 } = plan
    const rows: Row[] = []
    for (const each of cases.filter(({ verifiers }) => !short || verifiers < 100)) {
      const ours: number[][] = []
      const floor: number[][] = []
      const cpu: number[] = []
      const setting: Setting = {
        store: 'postgres',
        nodes: 3,
        ...(each.way && { way: each.way }),
        ...(each.callersWay && { callersWay: each.callersWay }),
      }
      await withCast(setting, async (cast, http) => {
        await cast.grow(each.verifiers)
        for (let round = 1; round <= rounds; round++) {
          const { times, cpu: used, seconds } = await signOut(await tokens(each, plan, cast, http), each.rate, 0, cast, http)
          ours.push([...times])
          cpu.push(used.network / seconds / 1e4)
          const bare = await measureFloor(each, plan, http)
          floor.push(bare)
          const [mine, its] = [figures(times), figures(bare)]
          plan.say(`network: ${each.name}, round ${round} of ${rounds}: ${mine.p50} and ${mine.p99} ms, bare ${its.p50} and ${its.p99} ms`)
        }
      })
      const topic = `network, ${each.name}`
      for (const share of ['p50', 'p99'] as const) {
        const [mine, bare] = [ours, floor].map((list) => list.map((times) => figures(times)[share])) as [number[], number[]]
        rows.push(row(topic, `confirmed, ${share}`, 'ms', mine), row(topic, `bare long poll, ${share}`, 'ms', bare))
        rows.push(
          row(
            topic,
            `confirmed / bare long poll, ${share}`,
            '×',
            mine.map((value, nth) => value / bare[nth]!),
          ),
        )
      }
      rows.push(row(topic, 'the proxy, CPU of one core', '%', cpu))
    }
    return rows
  },
}

function tokens({ verifiers, count }: Case, { short }: Plan, { urls }: Cast, http: ReturnType<typeof httpClient>): Promise<string[]> {
  return signInMany(short ? Math.ceil(count / 6) : count, `${verifiers}-${Math.random()}`, urls, http)
}

/** As many followers, as often, over the same network, of a server that does nothing else. */
async function measureFloor(
  { verifiers, rate, count, way, callersWay }: Case,
  { short }: Plan,
  http: ReturnType<typeof httpClient>,
): Promise<number[]> {
  const [port = 0, front = 0, callers = 0] = await Promise.all([freePort(), freePort(), freePort()])
  const server = await startServer(new URL('floor.ts', import.meta.url), { port })
  const none: Way = { oneWay: 0, loss: 0, rtoMin: 200 }
  const ways = [
    { port: front, to: [port], way: way ?? none },
    { port: callers, to: [port], way: callersWay ?? none },
  ]
  const { part: between } = await startPart('network.ts', { ways, seed: 2 } satisfies NetworkSetup)
  const { part: followers } = await startPart('followers.ts', {
    ports: [way ? front : port],
    authorizations: ['Basic eDp5'],
  } satisfies FollowersSetup)
  try {
    await followers.ask({ size: verifiers })
    const times: number[] = []
    const posts: Promise<void>[] = []
    for (let nth = 0; nth < (short ? Math.ceil(count / 6) : count); nth++) {
      await new Promise((later) => setTimeout(later, 1000 / rate))
      posts.push(
        http.call(`http://127.0.0.1:${callersWay ? callers : port}/post`, { method: 'POST', patience: 60_000 }).then(
          ({ sentAt, cameAt }) => void times.push(cameAt - sentAt),
          (error: unknown) => Promise.reject(new Error('The bare long poll was not answered.', { cause: error })),
        ),
      )
    }
    await Promise.all(posts)
    return times
  } finally {
    await Promise.all([followers.stop(), between.stop(), server.stop()])
  }
}
