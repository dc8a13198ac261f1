import { CurfewError } from '../../errors.ts'
import type { World } from '../../world.ts'
import { waitFor } from '../margins.ts'
import { appendLines, lineOf } from './append.ts'
import type { Database } from './database.ts'
import { nodesLock } from './listen.ts'
import { transact } from './transaction.ts'

/** R2, in one transaction. */
export async function restore(
  database: Pick<Database, 'run' | 'using'>,
  world: Pick<World, 'after' | 'monotonic'>,
  { longestLeaseMs, incarnation, wake }: { longestLeaseMs: number; incarnation: string; wake: string },
): Promise<void> {
  const lock = { text: 'LOCK TABLE curfew.issuer, curfew.keys, curfew.verifiers IN SHARE ROW EXCLUSIVE MODE' }
  const keys = { text: "SELECT k.id FROM curfew.keys k WHERE k.use = 'sign' AND k.ended_at IS NULL ORDER BY k.id", values: [] }
  const alone = { text: `SELECT pg_try_advisory_xact_lock(${nodesLock})`, values: [] }
  await transact(database, world, [alone, lock, keys], async ({ at, loaded, all }) => {
    if (loaded[0]!.rows[0]?.[0] !== true) {
      throw new CurfewError(
        'Servers run on this database. Stop every node first: they know what was before the restore. Nothing was changed. (docs/operations.md tells how to find them.)',
      )
    }
    // Some may have ended since the backup; new ones are made at the next start.
    const ended = loaded[2]!.rows.map(([id]) => lineOf({ do: 'end', what: { key: String(id) }, why: 'restored' }))
    const lines = [lineOf({ do: 'cut', what: 'everything', why: 'restored' }), ...ended]
    const jumping = { text: jump, values: [waitFor(longestLeaseMs), incarnation, Math.floor(at.now / 1000)] }
    const since = world.monotonic()
    while ((await all([jumping]))[0]!.rowCount === 0) {
      if (world.monotonic() - since > patience)
        throw new CurfewError('The clock of the database was set back just now. Nothing was changed: run it again.')
      await new Promise<void>((resolve) => void world.after(between, resolve))
    }
    await all([{ text: 'DELETE FROM curfew.verifiers' }, appendLines(lines, wake)])
  })
}

/** How long the next second is waited for, in milliseconds, and how often it is looked for. */
const patience = 5_000
const between = 50

// Above every number ever given, whatever was lost: nobody ends a million things a second. And in another second than the one in which it was
// asked for: a restore of the same backup just before may have had the numbers of that one.
const jump = `UPDATE curfew.ledger_state l SET head = greatest(l.head, floor(extract(epoch FROM clock_timestamp()))::bigint * 1048576 - 1),
    settled = false, wait_ms = greatest(l.wait_ms, $1::bigint), incarnation = $2::text
  WHERE l.one AND floor(extract(epoch FROM clock_timestamp()))::bigint > $3::bigint`
