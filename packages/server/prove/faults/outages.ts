import pg from 'pg'
import type { Fault } from './fault.ts'
import type { Doing } from './inject.ts'
import { everybody } from './issuer-faults.ts'
import type { Member } from './member.ts'

/** A planned outage is at most this long; the lease is 20 s longer (D4). In milliseconds. */
const pause = 10_000
const pausedLease = pause + 20_000
/** W for a lease (D1). */
const waitFor = (lease: number): number => Math.ceil(1.02 * lease + 50)

/** What is planned: nobody good is refused. And the restore of a backup, which ends everybody's (R2). */
export const outages: Readonly<Record<string, Fault>> = {
  'rolling restart': async ({ crew, begins, wait }) => {
    begins(`${crew.nodes.length} nodes`, crew.nodes.length === 1 ? { holds: true, severs: everybody({ crew }) } : {})
    for (const node of crew.nodes) await restart(crew.pool, node, wait)
  },
  'rolling upgrade': async ({ crew, planned, begins, wait }) => {
    begins(`${crew.nodes.length} nodes, under another form of the database`)
    await expand(crew.postgres!.url)
    // The version before goes on beside the form of the next one; then its nodes are replaced, one after the other.
    for (const node of crew.nodes) {
      await restart(crew.pool, node, wait)
      await wait(planned.lasts)
    }
  },
  'database switched': async (doing) => {
    const { crew, planned, begins, wait, note } = doing
    note({ what: 'wait', at: performance.now(), ms: waitFor(pausedLease) })
    const { silent } = (await crew.command('pause', { for_ms: pause })) as { silent: readonly { service: string }[] }
    // D4: those it lists have no lease that would outlast the switch, and the operator is told so; of all others nobody good is refused.
    const severs = silent.map(({ service }) => service)
    const told = severs.length > 0 ? `; did not ask: ${severs.join(', ')}` : ''
    begins(`curfew pause, away for ${planned.lasts} ms and a restart${told}`, { holds: true, severs, recovers: 8000 })
    await crew.postgres!.stop('fast')
    await wait(planned.lasts)
    await crew.postgres!.start()
    await repeated(() => crew.command('pause.end', {}))
    void waitIsBack(doing)
  },
  'backup restored': async (doing) => {
    const { crew, begins, wait, restored } = doing
    await crew.postgres!.backup()
    await wait(2500) // what is answered from here on is lost
    begins('declared with curfew restored', { holds: true, severs: everybody(doing), recovers: waitFor(crew.leaseMs) + 8000 })
    restored() // R2: with the decision to restore, all that anybody has is given up, and what is given out until then
    await Promise.all(crew.nodes.map((node) => node.stop()))
    await crew.closeCommands()
    await crew.postgres!.stop('fast')
    crew.postgres!.restore()
    await crew.postgres!.start()
    await crew.openCommands()
    await repeated(() => crew.command('restored', { lease_ms: crew.leaseMs }))
    restored() // from here on what is given out is good
    for (const node of crew.nodes) await node.start()
  },
}

/** As an operator does: it leaves the pool by itself, ends when all have their answers, and the next waits until it is in again. */
async function restart(pool: { inside(): readonly number[] }, node: Member, wait: Doing['wait']): Promise<void> {
  await node.stop()
  await node.start()
  for (let tries = 0; tries < 100 && !pool.inside().includes(node.port); tries += 1) await wait(100)
}

/** What a newer version's migration does while old nodes run: it adds a column, and says that the old ones may go on. */
async function expand(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const name = `proof_${Date.now()}`
    await client.query(`BEGIN; SET LOCAL lock_timeout = '5s'; ALTER TABLE curfew.sessions ADD COLUMN ${name} integer;
      INSERT INTO curfew.schema_version SELECT max(version) + 1, '${name}', max(oldest) FROM curfew.schema_version; COMMIT`)
  } finally {
    await client.end()
  }
}

/** D3: W is lowered by a node that has seen the same lease for the old one. */
async function waitIsBack({ crew, note }: Doing): Promise<void> {
  const end = performance.now() + 3 * waitFor(pausedLease)
  while (performance.now() < end) {
    const told = (await crew.command('lease', {}).catch(() => undefined)) as { wait_ms: number } | undefined
    if (told && told.wait_ms <= waitFor(crew.leaseMs)) return note({ what: 'wait', at: performance.now(), ms: told.wait_ms })
    await new Promise((later) => setTimeout(later, 500).unref())
  }
}

async function repeated<T>(act: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await act()
    } catch (error) {
      if (tries === 50) throw error
      await new Promise((later) => setTimeout(later, 200))
    }
  }
}
