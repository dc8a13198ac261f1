import type { At } from '../../domain/position.ts'
import type { World } from '../../world.ts'
import type { Issuer } from '../store.ts'
import { absent, clock, type Database, state } from './database.ts'
import type { Answer, Row, Statement } from './driver.ts'
import { isAway, LostError, UnknownOutcomeError } from './failures.ts'

/** A transaction that has begun: what its first statement read, and what was loaded with it. */
export interface Begun {
  /** M1, P5: clock and head, read together before any row. */
  readonly at: At
  readonly issuer: Issuer
  readonly loaded: readonly Answer[]
  all(statements: readonly Statement[]): Promise<readonly Answer[]>
}

/**
 * Another one after each restart, crash and failover: where the same postmaster goes on after a crash, its statistics begin anew. A transaction of
 * which nothing reached the disk is forgotten then, and its number is given to another one.
 */
const life = "date_part('epoch', pg_postmaster_start_time()), date_part('epoch', pg_stat_get_bgwriter_stat_reset_time())"

const begin: Statement = {
  // M3: the server itself ends a transaction whose node was stopped, or whose statement waits. For this transaction alone: PgBouncer gives
  // the next one another connection. `synchronous_commit`: an answer is given only for what is on the disk. The last two: joins are written in
  // the order in which they are good, so that planning costs less than what is planned.
  text: `BEGIN ISOLATION LEVEL READ COMMITTED;
    SELECT set_config('statement_timeout', '10s', true), set_config('idle_in_transaction_session_timeout', '10s', true),
      set_config('synchronous_commit', 'on', true), set_config('join_collapse_limit', '1', true),
      set_config('plan_cache_mode', 'force_generic_plan', true), pg_current_xact_id()::text, ${clock}, l.head, i.cut, i.stale, ${life}
    FROM curfew.issuer i, ${state}`,
}
const commit: Statement = { text: 'COMMIT' }
const rollback: Statement = { text: 'ROLLBACK' }
const outcome = (xid: string): Statement => ({
  text: `SELECT pg_xact_status($1::text::xid8), ${life} WHERE NOT pg_is_in_recovery()`,
  values: [xid],
})

/** How long an outcome is asked for after a connection was lost while it committed, in milliseconds, and how often. */
const inquiry = 5_000
const between = 100

/**
 * Runs `work` in one transaction; resolves when it is committed, which is durable. `load` is sent with the beginning. A connection that is
 * lost during COMMIT leaves the outcome open: then the database is asked for it.
 */
export async function transact<T>(
  database: Pick<Database, 'run' | 'using'>,
  world: Pick<World, 'after' | 'monotonic'>,
  load: readonly Statement[],
  work: (begun: Begun) => Promise<T>,
): Promise<T> {
  let doubt: (Doubt & { readonly value: T }) | undefined
  const value = await database
    .using(async ({ all }) => {
      try {
        const [first, ...loaded] = await all([begin, ...load])
        const row = first?.rows[0]
        if (!row) throw new LostError(absent)
        const [xid, now, head, cut, stale] = row.slice(5) as unknown as readonly [string, number, number, number, number]
        const done = await work({ at: { now, head }, issuer: { cut, stale }, loaded, all })
        try {
          const [committed] = await all([commit])
          if (committed?.command !== 'COMMIT') throw new Error('The transaction was undone by the database.')
        } catch (error) {
          if (isAway(error)) doubt = { xid, server: row.slice(10), value: done, cause: error }
          throw error
        }
        return done
      } catch (error) {
        if (!isAway(error)) await all([rollback])
        throw error
      }
    })
    .catch((error: unknown) => {
      if (!doubt) throw error
      return doubt.value
    })
  if (doubt && !(await wasCommitted(database, world, doubt))) throw new LostError('The transaction was undone.', doubt.cause)
  return value
}

/** A transaction that may have been committed. */
interface Doubt {
  readonly xid: string
  /** Of which life of the server its number is. */
  readonly server: Row
  readonly cause: unknown
}

async function wasCommitted(
  database: Pick<Database, 'run' | 'using'>,
  world: Pick<World, 'after' | 'monotonic'>,
  { xid, server, cause }: Doubt,
): Promise<boolean> {
  const until = world.monotonic() + inquiry
  while (world.monotonic() < until) {
    const answer = await database.run(outcome(xid)).catch(() => undefined)
    const [said, ...life] = answer?.rows[0] ?? []
    if (said === 'aborted') return false // what is on the disk keeps its number, so this was not ours, or ours was undone
    if (said === 'committed' && life.join() === server.join()) return true
    if (said === 'committed') break // or another one was
    await new Promise<void>((resolve) => void world.after(between, resolve))
  }
  throw new UnknownOutcomeError(cause)
}
