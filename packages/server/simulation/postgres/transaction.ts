import type { LockRequest } from './locks.ts'
import type { Line, TableName, Tables } from './tables.ts'

/** A transaction: what it wrote is seen by itself alone until it is committed. */
export interface Transaction {
  readonly xid: string
  readonly writes: Map<TableName, Map<string, Line | undefined>>
  /** What is told to whoever listens, once it is committed. */
  readonly notes: Set<string>
  /** Done at the commit itself, where a part is broken. */
  late?: (tables: Tables) => void
  /** M3: how long it may be idle, and a statement of it last, in milliseconds of the database. */
  timeout: number | undefined
  status: 'open' | 'failed' | 'committing' | 'committed' | 'aborted'
}

/** What one statement sees: READ COMMITTED. All of it as it was when it began, but rows that it waited for, which it reads anew. */
export interface Scope {
  readonly transaction: Transaction
  /** `clock_timestamp()`, in milliseconds, rounded down. */
  now(): number
  row(table: TableName, key: string): Line | undefined
  rows(table: TableName): Iterable<Line>
  /** As it is at this moment: for a row whose lock is held. */
  latest: (table: TableName, key: string) => Line | undefined
  /** The same of a table, as a unique index has it. */
  latestRows(table: TableName): Iterable<Line>
  put: (table: TableName, key: string, line: Line) => void
  remove(table: TableName, key: string): void
  notify(payload: string): void
  /** Of a sequence: never given twice, whatever becomes of the transaction. */
  next(): number
  /** Called when the statement has to wait: what it reads from then on is what there was. */
  freeze(): void
  /** The statement is over. */
  over(): void
}

/** What a statement yields when it needs a lock. */
export type Steps<T> = Generator<LockRequest, T, void>

/** Locks a row, and returns it as it is then. */
export function* locked(scope: Scope, table: TableName, key: string, mode: LockRequest['mode'] = 'exclusive'): Steps<Line | undefined> {
  yield { key: `${table} ${key}`, mode }
  return scope.latest(table, key)
}

/** Locks a row, and writes what `change` makes of it; undefined leaves it. Says whether there was one to change. */
export function* changed(scope: Scope, table: TableName, key: string, change: (line: Line) => Line | undefined): Steps<boolean> {
  const line = yield* locked(scope, table, key)
  const made = line && change(line)
  if (made) scope.put(table, key, made)
  return made !== undefined
}

/** The tables as they are committed, and the statements' views of them. */
export interface Storage {
  tables(): Tables
  begin(): Transaction
  scope(transaction: Transaction): Scope
  commit(transaction: Transaction): void
  statusOf(xid: string): Transaction['status'] | undefined
  /** A restored backup: all that was committed since is gone. */
  replace(tables: Tables): void
}

/** Keeps tables. `now`: the database's clock. */
export function createStorage(first: Tables, now: () => number): Storage {
  let tables = first
  /** Statements that still read what there was when they began to wait: a commit leaves those tables alone, and makes new ones. */
  let readers = 0
  let sequence = 1_000
  let xids = 700
  const known = new Map<string, Transaction>()

  return {
    tables: () => tables,
    replace(restored) {
      tables = restored
    },
    begin() {
      const xid = String(++xids)
      const transaction: Transaction = { xid, writes: new Map(), notes: new Set(), timeout: undefined, status: 'open' }
      known.set(xid, transaction)
      return transaction
    },
    statusOf: (xid) => known.get(xid)?.status,
    scope(transaction) {
      let frozen: Tables | undefined
      const { writes } = transaction
      const written = (table: TableName) => {
        const found = writes.get(table)
        if (found) return found
        const made = new Map<string, Line | undefined>()
        writes.set(table, made)
        return made
      }
      const find = (from: Tables, table: TableName, key: string) => {
        const mine = writes.get(table)
        return mine?.has(key) ? mine.get(key) : from[table].get(key)
      }
      const list = (from: Tables, table: TableName): Iterable<Line> => {
        const mine = writes.get(table)
        const committed = from[table]
        if (!mine || mine.size === 0) return committed.values()
        const lines: Line[] = []
        for (const [key, line] of committed) {
          const seen = mine.has(key) ? mine.get(key) : line
          if (seen) lines.push(seen)
        }
        for (const [key, line] of mine) if (line && !committed.has(key)) lines.push(line)
        return lines
      }
      return {
        transaction,
        now: () => Math.floor(now()),
        row: (table, key) => find(frozen ?? tables, table, key),
        latest: (table, key) => find(tables, table, key),
        rows: (table) => list(frozen ?? tables, table),
        latestRows: (table) => list(tables, table),
        put: (table, key, line) => void written(table).set(key, line),
        remove: (table, key) => void written(table).set(key, undefined),
        notify: (payload) => void transaction.notes.add(payload),
        next: () => ++sequence,
        freeze() {
          if (frozen) return
          frozen = tables
          readers++
        },
        over() {
          if (frozen) readers--
          frozen = undefined
        },
      }
    },
    commit(transaction) {
      if (readers > 0 && transaction.writes.size > 0) {
        const copied: Partial<Record<TableName, Map<string, Line>>> = {}
        for (const table of transaction.writes.keys()) copied[table] = new Map(tables[table])
        tables = { ...tables, ...copied }
      }
      for (const [table, lines] of transaction.writes) {
        for (const [key, line] of lines) {
          if (line) tables[table].set(key, line)
          else tables[table].delete(key)
        }
      }
      transaction.late?.(tables)
      transaction.status = 'committed'
    },
  }
}
