import { CurfewError } from '../../errors.ts'
import type { World } from '../../world.ts'
import { bytesText } from '../blob.ts'
import type { Connection } from '../postgres/database.ts'
import { away, codeOf, explained, isAway } from '../postgres/failures.ts'
import { insertState } from '../postgres/ledger-state.ts'
import { migrate } from '../postgres/migrate.ts'
import { openForCopy } from '../postgres/open.ts'
import { openSource, type Source } from './read-source.ts'
import { copiedTables, writtenTables } from './tables.ts'
import { copyTable, isOthers, standingOf, writeState } from './write-target.ts'

/** What copying came to: rows by table; or all of it was there already. */
export type Copied =
  | { readonly outcome: 'copied'; readonly rows: Readonly<Record<string, number>>; readonly head: number }
  | { readonly outcome: 'already' }

export interface CopyParts {
  readonly world: World
  readonly log: { warn(facts: object, message?: string): void; error(facts: object, message?: string): void }
  /** The target for people, without its password. */
  readonly shown: string
  progress(table: string, rows: number): void
}

/** Milliseconds by which the target's clock may be behind the one that tokens and entries were dated with: half of M3's margin. */
const behind = 30_000

/**
 * Moves everything from a SQLite file to PostgreSQL, in one transaction there, without ending a session: keys, tokens, ledger numbers and the
 * horizon go on, so for verifiers it is a restart of the issuer (R1). The file is marked before the commit, so that it is never served beside it.
 */
export async function copyDatabase(from: string, to: string, parts: CopyParts): Promise<Copied> {
  const source = openSource(from)
  const database = openForCopy(to, parts)
  try {
    // Before anything is changed: the name of somebody else's database may have been mistyped, and that one is not brought forward.
    if (await database.using(({ all }) => isOthers(keysIn(source), all))) throw filled(parts.shown)
    await migrate(database, [insertState(source.state.leaseMs, bytesText(parts.world.random(16)))])
    return await database.using(({ all }) => copyAll(source, from, parts, all))
  } catch (error) {
    // lock_not_available
    if (codeOf(error) === '55P03')
      throw new CurfewError(`Somebody is at the tables in ${parts.shown}. Stop every node on it, and run it again. Nothing was copied.`)
    throw isAway(error) ? away(error) : explained(error)
  } finally {
    source.close()
    await database.close()
  }
}

async function copyAll(source: Source, from: string, { world, shown, progress }: CopyParts, all: Connection['all']): Promise<Copied> {
  const tables = [...copiedTables, ...writtenTables].map((table) => `curfew."${table}"`).join(', ')
  await all([{ text: 'BEGIN' }])
  let isMarkedHere = false
  try {
    // Nobody else writes, or starts to serve, until it is whole.
    await all([
      { text: "SET LOCAL lock_timeout = '2s'" },
      { text: "SET LOCAL synchronous_commit = 'on'" },
      { text: `LOCK TABLE ${tables}` },
    ])
    const standing = await standingOf(keysIn(source), all)
    if (standing === 'same' && source.movedTo === shown) {
      await all([{ text: 'ROLLBACK' }])
      return { outcome: 'already' }
    }
    if (standing !== 'empty') throw filled(shown)
    if (source.movedTo !== undefined && source.movedTo !== shown)
      throw new CurfewError(`${from} was copied to ${source.movedTo}, and goes on there. Nothing was copied.`)
    await checkClock(source, all)
    const rows: Record<string, number> = {}
    for (const table of copiedTables) {
      rows[table] = await copyTable(table, source, all)
      progress(table, rows[table])
    }
    await writeState(source, bytesText(world.random(16)), all)
    source.mark(shown)
    isMarkedHere = source.movedTo === undefined
    await all([{ text: 'COMMIT' }])
    return { outcome: 'copied', rows, head: source.state.head }
  } catch (error) {
    // Whether a lost COMMIT was carried out is not known: then the mark stays, and a second run finds out.
    const isUndone = await all([{ text: 'ROLLBACK' }]).then(
      () => true,
      () => false,
    )
    if (isMarkedHere && isUndone && !isAway(error)) source.mark(undefined)
    throw error
  }
}

function keysIn(source: Source): string[] {
  return [...source.rows('keys', ['id'])].map(([id]) => String(id))
}

function filled(shown: string): CurfewError {
  return new CurfewError(`There is something in ${shown} already. Name a database that Curfew never used. Nothing was copied.`)
}

/** M1, M3: the next token is dated by the target's clock, and must not seem older than an entry of before. */
async function checkClock({ state }: Source, all: Connection['all']): Promise<void> {
  const [answer] = await all([{ text: 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint', values: [] }])
  const ahead = state.clock - Number(answer!.rows[0]![0])
  if (ahead <= behind) return
  throw new CurfewError(
    `The clock of PostgreSQL is ${Math.round(ahead / 1000)} s behind the one of before. Set it right first. Nothing was copied.`,
  )
}
