import type { Verdict } from '../../domain/effect.ts'
import type { At, Position } from '../../domain/position.ts'
import { stopping } from '../../errors.ts'
import type { World } from '../../world.ts'
import type { Store } from '../store.ts'
import { type BatchParts, batches as batchesOf } from './batch.ts'
import type { Database } from './database.ts'
import { away, explained, isAway } from './failures.ts'
import { openGate } from './gate.ts'
import { keysOf } from './keys.ts'
import { ledgerOf } from './ledger.ts'
import { insertState } from './ledger-state.ts'
import { type Listening, listen } from './listen.ts'
import { listsOf } from './lists.ts'
import { loads } from './loads.ts'
import { formsIn, migrate } from './migrate.ts'
import { prune } from './prune.ts'
import { ask } from './queries.ts'

export interface PostgresOptions {
  readonly world: World
  /** D3: written only when the database is made. */
  readonly leaseMs: number
  readonly log: { warn(facts: object, message?: string): void; error(facts: object, message?: string): void }
  /** Transactions at a time, 1 to 4. */
  readonly lanes?: number
  /** Whether other nodes wake this one, over a connection of its own; polling stands in. */
  readonly listen?: boolean
  /** The command line's, which is no node: it does not stand in the way of a restore (R2). */
  readonly visiting?: boolean
  /** Another version's migrations, for tests. */
  readonly migrations?: URL
  /** Told of each batch; for figures. */
  readonly ran?: BatchParts['ran']
}

/** The store in a database. It is opened, and brought forward, at first use; until that works each use tries again. */
export function postgresStore(database: Database, options: PostgresOptions): Store {
  const { world, log } = options
  const random = () => Buffer.from(world.random(16)).toString('base64url')
  const tag = random()
  let closed: Error | undefined
  let opening: Promise<void> | undefined
  let listening: Listening | undefined
  let closing: Promise<void> | undefined
  const gate = openGate(formsIn(options.migrations), log)

  async function open(): Promise<void> {
    try {
      await migrate(database, [insertState(options.leaseMs, random())], options.migrations)
    } catch (error) {
      opening = undefined
      throw isAway(error) ? away(error) : explained(error)
    }
    if (options.listen !== false && !closed)
      listening = listen({ database, world, log, tag, wake: wakeAll, isNode: options.visiting !== true })
  }

  async function openOnce(): Promise<void> {
    opening ??= open()
    await opening
    if (gate.closed) throw gate.closed // V9
  }

  async function ready(): Promise<void> {
    if (closed) throw closed
    await openOnce()
    if (closed) throw closed
  }

  /** Whatever is read or written comes after the opening, and never after the closing. */
  const opened: Pick<Database, 'run' | 'ahead' | 'using'> = {
    async run(statement) {
      await ready()
      return database.run(statement)
    },
    async ahead(statement) {
      await ready()
      return database.ahead(statement)
    },
    async using(work) {
      await ready()
      return database.using(work)
    },
  }
  const lane = (atATime: number): Pick<Database, 'run'> => {
    const own = database.lane(atATime)
    return {
      async run(statement) {
        await ready()
        return own.run(statement)
      },
    }
  }
  const { ledger, wake } = ledgerOf({ database: { ...opened, lane }, world, log, tag, saw: gate.saw })
  const keys = keysOf(opened, world, tag)
  const wakeAll = (what: 'entry' | 'acknowledged' | 'keys'): void => (what === 'keys' ? keys.wake() : wake(what))
  /** For batches, which go on while the store closes. */
  const whenOpen: Pick<Database, 'run' | 'using'> = {
    async run(statement) {
      await openOnce()
      return database.run(statement)
    },
    async using(work) {
      await openOnce()
      return database.using(work)
    },
  }
  const batches = batchesOf({
    ...{ database: whenOpen, loads, world, log, tag, lanes: Math.min(4, Math.max(1, options.lanes ?? 2)) },
    announce: () => wake('entry'),
    ...(options.ran ? { ran: options.ran } : {}),
  })

  return {
    async update(load, decide) {
      if (closed) throw closed
      // Taken before the opening is waited for: what was asked before `close` is carried out.
      const taken = batches.add(load, decide as (held: never, at: At) => Verdict)
      const { verdict, ...stored } = await taken
      return { ...(verdict as ReturnType<typeof decide>), ...stored }
    },
    async begin(query) {
      const { rows, at } = await ask(opened, query)
      return { rows, at, position: at.head as Position }
    },
    lists: listsOf(opened),
    ledger,
    keys,
    async prune(limit) {
      await ready()
      const removed = await prune(opened, limit)
      return { removed, more: removed >= limit }
    },
    close: () => (closing ??= close()),
  }

  /** Nothing is written at a clean stop: the rows are in the database, for all nodes. */
  async function close(): Promise<void> {
    const error = stopping()
    const last = batches.close(error)
    closed = error
    await last
    await opening?.catch(() => undefined)
    await listening?.stop()
    await database.close()
  }
}
