import { readdirSync, readFileSync } from 'node:fs'
import { CurfewError } from '../../errors.ts'
import type { Connection, Database } from './database.ts'
import type { Statement } from './driver.ts'
import { codeOf } from './failures.ts'
import { problemOf, type Versions } from './gate.ts'

const ours = new URL('./migrations/', import.meta.url)

/** One step forward. */
interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
  /** The oldest version whose code still works afterwards: with the line `-- oldest: 3`; otherwise that which worked before. */
  readonly oldest: number
}

/** Nobody migrates beside another: a number that is the same in all versions. */
const lock = "SELECT pg_advisory_xact_lock(hashtext('curfew migrations'))"
/** A change of a table waits for who is at it, and everybody else behind it: so not for long, and then again. */
const brief = "SET LOCAL lock_timeout = '1s'"
const tries = 10
const least = 150_000

/**
 * Brings the database forward to the newest form, never back; `first` fills in the state of a new one, in the same transaction. Nodes of the
 * version before go on meanwhile and afterwards: a migration adds what the new version needs (expand), and what the old one needs is
 * taken away by a later version (contract), which says so in its `-- oldest:` line. Whoever is older than that does not start.
 */
export async function migrate(database: Pick<Database, 'using'>, first: readonly Statement[], folder: URL = ours): Promise<void> {
  const known = migrationsIn(folder)
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await forward(database, first, known)
    } catch (error) {
      if (codeOf(error) !== '55P03' || attempt === tries) throw error // lock_not_available
    }
  }
}

async function forward(database: Pick<Database, 'using'>, first: readonly Statement[], known: readonly Migration[]): Promise<void> {
  await database.using(async ({ all }) => {
    const at = await look(all)
    if (at.form >= known.length) return check(at, known.length)
    await all([{ text: 'BEGIN' }])
    try {
      await all([{ text: lock }, { text: brief }])
      const now = await look(all) // again: somebody else may have just done it
      check(now, known.length)
      if (!now.hasSchema) await all([{ text: 'CREATE SCHEMA curfew' }])
      if (now.form === 0) {
        await all([
          { text: 'CREATE TABLE curfew.schema_version (version integer PRIMARY KEY, name text NOT NULL, oldest integer NOT NULL)' },
        ])
      }
      for (const { version, name, sql, oldest } of known) {
        if (version <= now.form) continue
        const noted = {
          text: 'INSERT INTO curfew.schema_version VALUES ($1::integer, $2::text, $3::integer)',
          values: [version, name, oldest],
        }
        await all([{ text: sql }, noted])
      }
      if (now.form === 0) await all([...first, analyze])
      await all([{ text: 'COMMIT' }])
    } catch (error) {
      await all([{ text: 'ROLLBACK' }]).catch(() => undefined) // what went wrong is told by the first error
      throw error
    }
  })
}

// Of a table that nobody has looked at PostgreSQL expects hundreds of rows. Joined with those, reading a thousand verifiers seems so much work that
// it is compiled first (`jit`), which takes a hundred times as long as the reading. Autovacuum would come by only a minute later.
const analyze: Statement = { text: 'ANALYZE curfew.ledger_state, curfew.issuer, curfew.schema_version' }

interface Found extends Versions {
  readonly hasSchema: boolean
}

/** Read from the tables of the catalogue: a connection's cache of it may be older than the lock that was just waited for. */
async function look(all: Connection['all']): Promise<Found> {
  const [server] = await all([
    {
      text: `SELECT current_setting('server_version_num')::integer, current_setting('server_encoding'), pg_is_in_recovery(),
        EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = 'curfew'),
        EXISTS (SELECT FROM pg_tables t WHERE t.schemaname = 'curfew' AND t.tablename = 'schema_version')`,
      values: [],
    },
  ])
  const [version, encoding, isStandby, hasSchema, hasVersions] = server!.rows[0]!
  if (Number(version) < least) throw new CurfewError('This PostgreSQL is too old. Curfew needs version 15 or newer.')
  if (encoding !== 'UTF8') throw new CurfewError(`The database has the encoding ${encoding}. Create it with the encoding UTF8.`)
  if (isStandby === true) throw new CurfewError('This PostgreSQL is a standby, which decides nothing. Name the primary.')
  if (hasVersions !== true) return { version: 0, form: 0, oldest: 0, hasSchema: hasSchema === true }
  const [noted] = await all([{ text: 'SELECT coalesce(max(version), 0), coalesce(max(oldest), 0) FROM curfew.schema_version', values: [] }])
  const [form, oldest] = noted!.rows[0] as readonly [number, number]
  // V9. A form that makes the table has noted itself in the same transaction.
  const [sorts] = form === 0 ? [] : await all([{ text: 'SELECT l.version FROM curfew.ledger_state l', values: [] }])
  return { version: (sorts?.rows[0]?.[0] as number | undefined) ?? 0, form, oldest, hasSchema: true }
}

function check(found: Found, known: number): void {
  const sentence = problemOf(found, known)
  if (sentence !== undefined) throw new CurfewError(sentence)
}

/** How many forms a version knows. */
export function formsIn(folder: URL = ours): number {
  return migrationsIn(folder).length
}

function migrationsIn(folder: URL): Migration[] {
  let oldest = 1
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name, index) => {
      const sql = readFileSync(new URL(name, folder), 'utf8')
      oldest = Math.max(oldest, Number(/^-- oldest: (\d+)$/m.exec(sql)?.[1] ?? 1))
      return { version: index + 1, name, sql, oldest }
    })
}
