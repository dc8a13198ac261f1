import { waitFor } from '../../src/store/margins.ts'

/** What a column holds. */
export type Cell = null | number | string | boolean | Uint8Array

/** One row, by the names of its columns. It is never changed: an update makes another. */
export type Line = Readonly<Record<string, Cell>>

/** The tables that the simulated database has; a statement about another one is not known to it. */
export const tableNames = [
  ...(['ledger_state', 'issuer', 'ledger', 'verifiers', 'verifiers_past', 'services', 'clients'] as const),
  ...(['users', 'sessions', 'grants', 'codes', 'consents', 'receipts', 'keys', 'links', 'limits'] as const),
] as const

export type TableName = (typeof tableNames)[number]

/** Rows by their keys. */
export type Tables = Readonly<Record<TableName, Map<string, Line>>>

/** The key of the one row of `ledger_state` and of `issuer`. */
export const ONE = 'one'

/** Bytes as a key. */
export function keyOf(bytes: Cell | undefined): string {
  return bytes instanceof Uint8Array ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1') : String(bytes)
}

/** Whether two columns hold the same. */
export function isSame(one: Cell | undefined, other: Cell | undefined): boolean {
  if (one instanceof Uint8Array && other instanceof Uint8Array) return Buffer.compare(one, other) === 0
  return one === other && one !== null && one !== undefined
}

/** A new database, as the first migration and the store's first row leave it. */
export function emptyTables(leaseMs: number, now: number): Tables {
  const tables = Object.fromEntries(tableNames.map((name) => [name, new Map<string, Line>()])) as Tables
  tables.issuer.set(ONE, { one: true, cut: 0, stale: 0 })
  tables.ledger_state.set(ONE, {
    ...{ one: true, head: 0, horizon: now, max_ttl: 0, lease_ms: leaseMs, wait_ms: waitFor(leaseMs), settled: true, incarnation: 'first' },
    ...{ lease_back: null, pause_until: null, version: 1 },
  })
  return tables
}

/** The same rows in tables of their own: a backup, or what a run begins with. */
export function copyTables(tables: Tables): Tables {
  return Object.fromEntries(tableNames.map((name) => [name, new Map(tables[name])])) as Tables
}
