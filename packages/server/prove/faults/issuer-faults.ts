import { signal } from './children.ts'
import { leap, leapingClocks } from './clocks.ts'
import { anotherRate, type Fault, taking, weather } from './fault.ts'
import type { Doing } from './inject.ts'
import type { Member } from './member.ts'
import { slowDisk } from './slow-disk.ts'

const onNode =
  (act: (doing: Doing, one: Member, index: number) => Promise<void>): Fault =>
  (doing) =>
    taking(doing.crew.nodes, doing.planned.target, (one, index) => act(doing, one, index))

/** A single node's fault is everybody's. */
const severs = ({ crew }: Doing): string[] => (crew.nodes.length === 1 ? everybody({ crew }) : [])
export const everybody = ({ crew }: Pick<Doing, 'crew'>): string[] => crew.services.map(({ name }) => name)

/** Done-when 5: nodes are well again at the latest 5 s after the database is; then a verifier asks again within its patience. */
const afterDatabase = 8000

const databaseWay = onNode(async (doing, one, index) => {
  const { lasts } = doing.planned
  doing.begins(`${one.name}, ${lasts} ms`, { holds: true, recovers: afterDatabase })
  await weather(doing, doing.crew.ways.database[index]!)
})

/**
 * Of the database's wall clock protocol.md bears this much: forward by less than half a minute, as when it comes back. More than a client's
 * `refreshGrace` (five minutes here) would make a replay of a lost answer's repetition.
 */
const databaseSeconds = (size: number): number => Math.round((size - 0.5) * 50)

/** What happens to nodes, and to the database under them. */
export const issuerFaults: Readonly<Record<string, Fault>> = {
  'node killed': onNode(async (doing, one) => {
    doing.begins(one.name, { holds: true, severs: severs(doing) })
    await one.kill()
    await doing.wait(doing.planned.lasts)
    await one.start()
  }),
  'node stopped': onNode(async (doing, one) => {
    doing.begins(`${one.name}, ${doing.planned.lasts} ms`, { holds: true, severs: severs(doing) })
    one.running?.kill('SIGSTOP')
    await doing.wait(doing.planned.lasts)
    one.running?.kill('SIGCONT')
  }),
  'node: clock leaps': onNode(async (doing, one) => {
    const { planned, begins, wait, crew } = doing
    if (one.clocks.are !== 'leaping') {
      begins(`${one.name}, which begins anew`, { holds: true, severs: severs(doing) })
      await one.stop()
      one.clocks = leapingClocks(crew.folder, one.name.replace(' ', '-'))
      return one.start()
    }
    // With SQLite the node's wall clock is the database's.
    const by = crew.postgres ? Math.round((planned.size - 0.5) * 80_000) : databaseSeconds(planned.size)
    begins(`${one.name}, by ${by} s and back`, { holds: true })
    leap(one.clocks.file, by)
    await wait(planned.lasts)
    leap(one.clocks.file, 0)
    await wait(1100)
  }),
  'node: clock of another rate': onNode(async (doing, one) => {
    const clocks = anotherRate(doing.planned.size)
    doing.begins(`${one.name}, ${clocks.rate}`, { holds: true, severs: severs(doing) })
    await one.stop()
    one.clocks = clocks
    await one.start()
    await doing.wait(doing.planned.lasts)
  }),
  'node: way to the database cut': databaseWay,
  'node: way to the database silent': databaseWay,
  'node: way to the database slow': databaseWay,
  'node: way to the database lossy': databaseWay,
  'database restarted (fast)': (doing) => restarted(doing, 'fast'),
  'database restarted (immediate)': (doing) => restarted(doing, 'immediate'),
  'database stopped': async (doing) => {
    const { crew, planned, begins, wait } = doing
    begins(`${planned.lasts} ms`, { holds: true, severs: everybody(doing), recovers: afterDatabase })
    const pids = crew.postgres!.pids() // the postmaster first: then no other begins
    signal(pids, 'SIGSTOP')
    await wait(planned.lasts)
    signal(crew.postgres!.pids(), 'SIGCONT')
  },
  'database: clock leaps': async ({ crew, planned, begins, wait }) => {
    const by = databaseSeconds(planned.size)
    begins(`by ${by} s and back`, { holds: true })
    leap(crew.postgres!.clock!, by)
    await wait(planned.lasts)
    leap(crew.postgres!.clock!, 0)
    await wait(1100)
  },
  'disk slow': async ({ crew, planned, begins, wait }) => {
    const ms = 15 + planned.size * 65
    begins(`each sync takes ${ms.toFixed(0)} ms longer`, { holds: true })
    const pids = crew.postgres ? crew.postgres.pids() : crew.nodes.flatMap(({ running }) => running?.pid ?? [])
    const over = await slowDisk(pids, ms)
    await wait(planned.lasts)
    await over()
  },
}

async function restarted(doing: Doing, how: 'fast' | 'immediate'): Promise<void> {
  const { crew, begins } = doing
  begins('PostgreSQL', { holds: true, severs: everybody(doing), recovers: afterDatabase })
  await crew.postgres!.stop(how)
  await crew.postgres!.start()
}
