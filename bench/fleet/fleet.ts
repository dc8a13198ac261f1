import { httpClient } from '../../packages/server/prove/http-client.ts'
import { figures } from '../../packages/server/prove/percentiles.ts'
import { row } from '../spread.ts'
import type { Plan, Row, Topic } from '../topic.ts'
import { type Cast, raiseFleet, realOnes, type Setting } from './cast.ts'
import { signInMany } from './sessions.ts'
import { type Stretch, signOut } from './sign-outs.ts'

/** How large a fleet, and how many sign-outs a second; 0: none, the fleet only keeps its leases. */
interface Load {
  readonly verifiers: number
  readonly rate: number
}

const settings: Readonly<Record<string, Setting>> = {
  'SQLite, 1 node': { store: 'sqlite', nodes: 1 },
  'PostgreSQL, 1 node': { store: 'postgres', nodes: 1 },
  'PostgreSQL, 3 nodes': { store: 'postgres', nodes: 3 },
}

/** `npm run bench -- fleet`: what a fleet of verifiers costs, and how fast sign-outs are confirmed by all of it. */
export const fleet: Topic = {
  title: `Confirmed sign-outs with a fleet of verifiers over HTTP/1.1 (${realOnes} of the product's own, the others lean); lease 5 s, nothing switched off`,
  async measure(plan) {
    const { short, rounds = short ? 1 : 3 } = plan
    const rows: Row[] = []
    for (const [name, setting] of Object.entries(settings)) {
      if (short && name === 'PostgreSQL, 1 node') continue
      const loads = loadsOf(short)
      const found = new Map<Load, Stretch[]>(loads.map((load) => [load, []]))
      for (let round = 1; round <= rounds; round++) {
        plan.say(`fleet: ${name}, round ${round} of ${rounds}`)
        await withCast(
          setting,
          async (cast, http) => {
            for (const load of loads) found.get(load)!.push(await measure(load, plan, cast, http))
          },
          short ? 30 : 300,
        )
      }
      for (const [load, stretches] of found) rows.push(...rowsOf(name, load, stretches))
    }
    return rows
  },
}

function loadsOf(short: boolean): Load[] {
  if (short) return [[10, 10] as const, [1000, 0] as const, [1000, 10] as const].map(([verifiers, rate]) => ({ verifiers, rate }))
  return [10, 100, 1000, 5000].flatMap((verifiers) => [0, 1, 10, 100, 1000].map((rate) => ({ verifiers, rate })))
}

/** Raises, warms up (nothing of the first seconds of a process is a figure), measures, and takes everything away. */
export async function withCast(
  setting: Setting,
  run: (cast: Cast, http: ReturnType<typeof httpClient>) => Promise<void>,
  warmth = 200,
): Promise<void> {
  const cast = await raiseFleet(setting)
  const http = httpClient(4096)
  try {
    await signOut(await signInMany(warmth, 'warm', cast.urls, http), 100, 0, cast, http)
    await run(cast, http)
  } finally {
    http.close()
    await cast.end()
  }
}

async function measure({ verifiers, rate }: Load, { short }: Plan, cast: Cast, http: ReturnType<typeof httpClient>): Promise<Stretch> {
  await cast.grow(verifiers)
  const seconds = short ? 1 : rate === 1 ? 10 : rate === 1000 ? 2 : 4
  const tokens = await signInMany(rate * seconds, `${verifiers}-${rate}-${Math.random()}`, cast.urls, http)
  return signOut(tokens, rate, short ? 1500 : 4000, cast, http)
}

/** What a stretch came to, each figure of each round. */
export function rowsOf(setting: string, { verifiers, rate }: Load, stretches: readonly Stretch[]): Row[] {
  const topic = `fleet, ${setting}, ${verifiers.toLocaleString('en')} verifiers`
  const at = rate === 0 ? 'no sign-out' : `${rate.toLocaleString('en')}/s`
  const all = (what: string, unit: string, of: (stretch: Stretch) => number): Row => row(topic, `${at}: ${what}`, unit, stretches.map(of))
  const cost = [
    all('nodes, CPU of one core', '%', ({ cpu, seconds }) => cpu.issuer / seconds / 1e4),
    all('PostgreSQL, CPU of one core', '%', ({ cpu, seconds }) => cpu.postgres / seconds / 1e4),
    all('leases that lapsed', '', ({ followed }) => followed.lapses),
  ]
  if (rate === 0) {
    const asked = all('requests to follow', '/s', ({ followed, seconds }) => followed.requests / seconds)
    return [asked, all('spare requests', '/s', ({ followed, seconds }) => followed.spares / seconds), ...cost]
  }
  // A batch: entries that went to the whole fleet together.
  const batches = ({ followed }: Stretch): number => Math.max(1, followed.withEntries / Math.max(1, verifiers - realOnes))
  return [
    all('confirmed, p50', 'ms', ({ times }) => figures(times).p50),
    all('confirmed, p99', 'ms', ({ times }) => figures(times).p99),
    all('refused by the last real verifier, p50', 'ms', ({ refusals }) => figures(refusals).p50),
    all('confirmed', '/s', ({ perSecond }) => perSecond),
    all('entries a batch', '', (stretch) => stretch.times.length / batches(stretch)),
    all('nodes, CPU a sign-out', 'ms', ({ cpu, times }) => cpu.issuer / times.length / 1000),
    all('nodes, CPU a verifier and batch', 'µs', (stretch) => stretch.cpu.issuer / batches(stretch) / verifiers),
    all('PostgreSQL, CPU a batch', 'ms', (stretch) => stretch.cpu.postgres / batches(stretch) / 1000),
    ...cost,
  ]
}
