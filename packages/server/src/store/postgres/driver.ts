import { createHash } from 'node:crypto'
import { bytesText } from '../blob.ts'

// What is used of `pg`, by its shape: an application hands in its own pool, of whatever version it has.

/** A pool of connections, as `pg.Pool` is one. */
export interface PgPoolLike {
  connect(): Promise<PgClientLike>
}

/** A connection out of the pool. */
export interface PgClientLike {
  query(query: PgQuery): Promise<unknown>
  /** With an error the connection is closed instead of being used again. */
  release(error?: Error | boolean): void
  // As Node's emitters have it; what is not `any` there cannot be given here.
  // biome-ignore lint/suspicious/noExplicitAny: the types of `pg.Pool` must fit
  on(event: string, listener: (...args: any[]) => void): unknown
  // biome-ignore lint/suspicious/noExplicitAny: the types of `pg.Pool` must fit
  removeListener(event: string, listener: (...args: any[]) => void): unknown
  /** Whether it sends what comes without waiting for what was sent. */
  readonly pipeline?: boolean
}

/** One statement, as the driver takes it. */
export interface PgQuery {
  readonly text: string
  readonly values?: unknown[]
  readonly name?: string
  readonly rowMode: 'array'
  readonly types: { getTypeParser(oid: number, format?: string): (text: string) => unknown }
}

/** What a parameter can be; a list is an array of the database. */
export type Value = null | number | string | boolean | Uint8Array | readonly Value[]

/** One row, its columns in the order of the statement. */
export type Row = readonly (null | number | string | boolean | Uint8Array)[]

/** What a statement came to. */
export interface Answer {
  readonly rows: readonly Row[]
  readonly rowCount: number
  readonly command: string
}

/** A statement with its parameters. */
export interface Statement {
  readonly text: string
  readonly values?: readonly Value[]
}

const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  16: (text) => text === 't', // boolean
  17: (text) => Buffer.from(text.slice(2), 'hex'), // bytea
  20: Number, // bigint: none of ours is above 2^53 (R2)
  21: Number,
  23: Number,
}
const asText = (text: string): unknown => text
/** Of each statement: what an application set for its own pool does not change what we read. */
const types = { getTypeParser: (oid: number) => parsers[oid] ?? asText }

/** The statement for the driver. Named ones stay prepared on their connection, which PgBouncer in transaction mode may lose (`isUnprepared`). */
export function toDriver({ text, values }: Statement, isNamed: boolean): PgQuery {
  const query = { text, rowMode: 'array', types } as const
  if (values === undefined) return query // no parameters: may be several statements
  const given = { ...query, values: values.map(toParameter) }
  return isNamed ? { ...given, name: nameOf(text) } : given
}

/** What the driver said; of several statements in one text, the last. */
export function fromDriver(result: unknown): Answer {
  const last = (Array.isArray(result) ? result.at(-1) : result) as { rows?: Row[]; rowCount?: number | null; command?: string | null }
  return { rows: last.rows ?? [], rowCount: last.rowCount ?? 0, command: last.command ?? '' }
}

/** Bytes are `Buffer`s to every version of the driver, in lists too. */
function toParameter(value: Value): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return Array.isArray(value) ? value.map(toParameter) : value
}

const names = new Map<string, string>()

function nameOf(text: string): string {
  let name = names.get(text)
  if (name === undefined) {
    name = `curfew_${bytesText(createHash('sha256').update(text).digest().subarray(0, 12))}`
    names.set(text, name)
  }
  return name
}
