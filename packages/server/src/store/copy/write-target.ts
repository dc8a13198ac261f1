import { CurfewError } from '../../errors.ts'
import type { Connection } from '../postgres/database.ts'
import type { Value } from '../postgres/driver.ts'
import type { Source } from './read-source.ts'
import { copiedTables, namedInSqlite } from './tables.ts'

/** A column of the target that takes a value. */
interface Column {
  readonly name: string
  readonly type: string
  readonly isIdentity: boolean
}

/** Rows in one statement. */
const bite = 500

type All = Connection['all']

/** Copies the rows of one table; gives back how many. Both sides must have the same columns. */
export async function copyTable(table: string, source: Source, all: All): Promise<number> {
  const columns = await columnsOf(table, all)
  const names = columns.map(({ name }) => namedInSqlite[name] ?? name)
  const theirs = source.columns(table)
  if (names.toSorted().join() !== theirs.toSorted().join())
    throw new CurfewError(`The table ${table} has other columns in the two databases: ${theirs} and ${names}. Nothing was copied.`)
  const given = columns.map(({ type }, index) => `$${index + 1}::${type === 'json' ? 'text' : type}[]`)
  const quoted = columns.map(({ name }) => `"${name}"`)
  const text = `INSERT INTO curfew."${table}" (${quoted.join(', ')}) OVERRIDING SYSTEM VALUE
    SELECT ${columns.map(({ type }, index) => `q.c${index}${type === 'json' ? '::json' : ''}`).join(', ')}
    FROM unnest(${given.join(', ')}) AS q(${columns.map((_, index) => `c${index}`).join(', ')})`
  let count = 0
  let waiting: (readonly Value[])[] = []
  const write = async (): Promise<void> => {
    const values = columns.map((_, index) => waiting.map((row) => row[index] as Value))
    count += (await all([{ text, values }]))[0]!.rowCount
    waiting = []
  }
  for (const row of source.rows(table, names)) {
    waiting.push(row.map((value, index) => toColumn(value as Value, columns[index]!.type)))
    if (waiting.length === bite) await write()
  }
  if (waiting.length > 0) await write()
  if (columns.some(({ isIdentity }) => isIdentity)) {
    await all([
      {
        text: `SELECT setval(pg_get_serial_sequence('curfew.${table}', 'id'), (SELECT coalesce(max(t.id), 0) + 1 FROM curfew."${table}" t), false)`,
        values: [],
      },
    ])
  }
  return count
}

/** Whether another issuer is in there, whatever the form of its tables. */
export async function isOthers(keys: readonly string[], all: All): Promise<boolean> {
  const [there] = await all([{ text: "SELECT to_regclass('curfew.keys') IS NOT NULL", values: [] }])
  if (there!.rows[0]![0] !== true) return false
  const count = 'SELECT count(*), count(*) FILTER (WHERE k.id = ANY($1::text[])) FROM curfew.keys k'
  const [of] = await all([{ text: count, values: [keys] }])
  const [some, known] = of!.rows[0]!
  return some !== 0 && known !== keys.length
}

/** Whether nobody has written anything yet; else whether it has these keys, so that it was made from this source. */
export async function standingOf(keys: readonly string[], all: All): Promise<'empty' | 'same' | 'other'> {
  const filled = copiedTables.map((table) => `EXISTS (SELECT FROM curfew."${table}")`).join(' OR ')
  const [answer] = await all([
    {
      text: `SELECT l.head = 0 AND NOT (${filled}), (SELECT count(*) FROM curfew.keys k WHERE k.id = ANY($1::text[])) FROM curfew.ledger_state l`,
      values: [keys],
    },
  ])
  const [isEmpty, known] = answer!.rows[0]!
  if (isEmpty === true) return 'empty'
  return keys.length > 0 && known === keys.length ? 'same' : 'other'
}

/**
 * The state goes on: same numbers, same horizon, same lease. Of the old process's leases it is known what its clean stop wrote (R1); after a crash
 * nothing is confirmed until one has passed, which any node finds out by the new `incarnation` (R2).
 */
export async function writeState(source: Source, incarnation: string, all: All): Promise<void> {
  const { head, horizon, maxTtl, leaseMs, waitMs, settled, clean, cut, stale, version, pause } = source.state
  await all([
    {
      // M3: a node that began to start on the empty target may have raised `max_ttl` for its own tokens, and does so once.
      text: `UPDATE curfew.ledger_state SET head = $1::bigint, horizon = $2::bigint, max_ttl = greatest(max_ttl, $3::bigint),
        lease_ms = $4::bigint, wait_ms = $5::bigint, settled = $6::boolean, incarnation = $7::text, version = $8::integer, pause_until = $9::bigint, lease_back = $10::bigint WHERE one`,
      values: [
        ...[head, horizon, maxTtl, leaseMs, waitMs, settled && clean, incarnation, version],
        ...[pause?.until ?? null, pause?.leaseBack ?? null],
      ],
    },
    { text: 'UPDATE curfew.issuer SET cut = $1::bigint, stale = $2::bigint WHERE one', values: [cut, stale] },
  ])
  const rows = clean ? [...source.rows('verifiers', ['service', 'id', 'acked', 'seen'])] : []
  const column = (index: number): Value => rows.map((row) => row[index] as Value)
  await all([
    {
      text: `INSERT INTO curfew.verifiers (service, id, acked, beat, seen) SELECT q.service, q.id, q.acked, nextval('curfew.beats'), q.seen
        FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) AS q(service, id, acked, seen)`,
      values: [column(0), column(1), column(2), column(3)],
    },
  ])
}

async function columnsOf(table: string, all: All): Promise<Column[]> {
  const [answer] = await all([
    {
      text: `SELECT c.column_name, c.data_type, c.is_identity FROM information_schema.columns c
        WHERE c.table_schema = 'curfew' AND c.table_name = $1::text AND c.is_generated = 'NEVER' ORDER BY c.ordinal_position`,
      values: [table],
    },
  ])
  return answer!.rows.map(([name, type, identity]) => ({ name: String(name), type: String(type), isIdentity: identity === 'YES' }))
}

/** SQLite has no booleans, keeps names that people chose as text, and zero bytes, which are nowhere in text that PostgreSQL takes. */
function toColumn(value: Value, type: string): Value {
  if (type === 'boolean' && value !== null) return value === 1
  if (type === 'bytea' && typeof value === 'string') return Buffer.from(value, 'utf8')
  return typeof value === 'string' ? value.replaceAll('\0', '\u{fffd}') : value
}
