import type { World } from '../../world.ts'
import { knownSorts } from '../sorts.ts'
import { type Answer, fromDriver, type PgClientLike, type PgPoolLike, type Row, type Statement, toDriver } from './driver.ts'
import { away, explained, isAway, isUnprepared, LostError } from './failures.ts'

/** One PostgreSQL, through one pool. */
export interface Database {
  /** One statement, in a transaction of its own; it may be carried out twice, where an answer was lost. */
  run(statement: Statement): Promise<Answer>
  /** The same before all that wait so: what leases and confirmations rest on waits behind no stranger's cookie or token (V5, RL-2). */
  ahead(statement: Statement): Promise<Answer>
  /** The same in a lane of its own, where it waits behind nothing else. */
  lane(atATime: number): Pick<Database, 'run'>
  /** A connection for as long as `work` needs it. What fails closes it. */
  using<T>(work: (connection: Connection) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** One connection. */
export interface Connection {
  /** One after the other; all are sent at once where the connection takes that. The first failure is the one that is thrown. */
  all(statements: readonly Statement[]): Promise<readonly Answer[]>
  /** What says that it is gone, and what the server says by itself. Returns what takes the listeners away. */
  listen(on: { notification(payload: string): void; gone(): void }): () => void
}

export interface DatabaseParts {
  readonly pool: PgPoolLike
  readonly closePool: () => Promise<void>
  readonly world: Pick<World, 'after' | 'monotonic'>
  /** Connections that reads may have at a time. */
  readonly reads: number
  /** Whether statements stay prepared on their connection, where what is between does not lose them. */
  readonly prepared: boolean
}

/** Milliseconds. M3 lets a statement take ten seconds; an answer that is later was lost on the way, or the server stands still. */
const patience = 12_000
/** Statements that wait for a turn; whoever comes then is told at once. */
const longestLine = 20_000
/** How long a single statement is tried again, in milliseconds: below the patience of a verifier with a lease of two seconds (D2). */
const persistence = 500

/** In the WHERE of each statement that writes in a transaction of its own: an answer is given only for what is on the disk. */
export const durably = "set_config('synchronous_commit', 'on', true) = 'on'"

/** Milliseconds since 1970 by the database's clock, rounded down (M1). */
export const clock = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint'

/**
 * The one row of the ledger's state, read from the primary alone: a standby does not know yet what was committed. V9: and only where every sort
 * of entries in use is known here, so that from the commit of a new sort's first entry on no older node decides anything.
 */
export const state: string = `curfew.ledger_state l WHERE l.one AND l.version <= ${knownSorts} AND NOT pg_is_in_recovery()`

/** A reading of that row: there is none only where a standby answered, or the ledger is newer than this node. */
export function present(rows: readonly Row[]): Row {
  if (!rows[0]) throw away(new LostError(absent))
  return rows[0]
}

/** Why that row may be missing. */
export const absent = 'This server is a standby, or its ledger is newer than this node.'

/** Puts the pool to use. */
export function openDatabase({ pool, closePool, world, reads, prepared }: DatabaseParts): Database {
  const takeTurns = turns(reads)
  let isPrepared = prepared

  /** Some answer within the patience. What comes later is thrown away. */
  function within<T>(work: Promise<T>, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = world.after(patience, () => reject(new LostError(`${what} did not answer within ${patience} ms.`)))
      work.then(resolve, reject).finally(cancel)
    })
  }

  async function connect(): Promise<PgClientLike> {
    const connecting = pool.connect()
    try {
      return await within(connecting, 'The pool')
    } catch (error) {
      connecting.then(
        (late) => late.release(),
        () => undefined,
      )
      throw error
    }
  }

  async function using<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const wasPrepared = isPrepared
    try {
      return await usingOnce(work)
    } catch (error) {
      // Another connection than the one that prepared it, as PgBouncer in transaction mode gives. The statement was not begun, and what was before
      // it in the transaction is undone: again, and from now on without.
      if (!wasPrepared || !isUnprepared(error)) throw error
      isPrepared = false
      return await usingOnce(work)
    }
  }

  async function usingOnce<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const client = await connect()
    let broken: Error | undefined
    // A connection that is lost between two statements says so here, and would end the process if nobody listened.
    const onError = (error: Error): void => {
      broken ??= error
    }
    client.on('error', onError)
    const all = async (statements: readonly Statement[]): Promise<readonly Answer[]> => {
      if (broken) throw new LostError('The connection was lost.', broken)
      try {
        return await within(sendAll(client, statements, isPrepared), 'The database')
      } catch (error) {
        if (isAway(error)) broken ??= error as Error
        throw error
      }
    }
    try {
      return await work({ all, listen: (on) => listen(client, on) })
    } catch (error) {
      // Within a transaction the caller undoes it; if that failed, or anything unknown happened, the connection is not used again.
      if (isAway(error)) broken ??= error as Error
      throw error
    } finally {
      // The pool listens to those that wait in it. One that is given up is nobody's, and can still say that it is gone.
      client.release(broken)
      if (!broken) client.removeListener('error', onError)
    }
  }

  const once = (given: Statement): Promise<Answer> =>
    using(async (connection) => {
      const [answer] = await connection.all([given])
      return answer!
    })

  /** Again over another connection, for a while: after a restart or a cut the pool has dead ones. None of our single statements minds. */
  async function statement(given: Statement): Promise<Answer> {
    const since = world.monotonic()
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(given)
      } catch (error) {
        if (!isAway(error)) throw explained(error)
        if (world.monotonic() - since >= persistence) throw away(error)
        if (attempt > 2) await new Promise<void>((resolve) => void world.after(50, resolve))
      }
    }
  }

  return {
    run: (given) => takeTurns(() => statement(given)),
    ahead: (given) => takeTurns(() => statement(given), true),
    lane: (atATime) => {
      const takeTurn = turns(atATime)
      return { run: (given) => takeTurn(() => statement(given)) }
    },
    using,
    close: closePool,
  }
}

async function sendAll(client: PgClientLike, statements: readonly Statement[], prepared: boolean): Promise<Answer[]> {
  const answers: Answer[] = []
  if (client.pipeline !== true) {
    for (const one of statements) answers.push(fromDriver(await client.query(toDriver(one, prepared))))
    return answers
  }
  const sent = statements.map((one) => client.query(toDriver(one, prepared)))
  await Promise.allSettled(sent)
  for (const one of sent) answers.push(fromDriver(await one))
  return answers
}

function listen(client: PgClientLike, on: { notification(payload: string): void; gone(): void }): () => void {
  const onNotification = (message: { payload?: string }): void => on.notification(message.payload ?? '')
  client.on('notification', onNotification)
  client.on('end', on.gone)
  client.on('error', on.gone)
  return () => {
    client.removeListener('notification', onNotification)
    client.removeListener('end', on.gone)
    client.removeListener('error', on.gone)
  }
}

/** At most so many at a time; the others wait in line, which is no longer than memory has room for while the database stands still. */
function turns(most: number): <T>(work: () => Promise<T>, isAhead?: boolean) => Promise<T> {
  let running = 0
  const [ahead, others]: [(() => void)[], (() => void)[]] = [[], []]
  return async (work, isAhead = false) => {
    const line = isAhead ? ahead : others
    if (line.length >= longestLine) throw away(new LostError('Too many statements wait for the database.'))
    if (running >= most) await new Promise<void>((resolve) => line.push(resolve))
    else running += 1
    try {
      return await work()
    } finally {
      const next = ahead.shift() ?? others.shift()
      if (next) next()
      else running -= 1
    }
  }
}
