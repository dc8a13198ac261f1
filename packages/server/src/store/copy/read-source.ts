import { existsSync } from 'node:fs'
import { CurfewError } from '../../errors.ts'
import { type Database, openDatabase, prepareReader, prepareWriter, type Row } from '../sqlite/database.ts'
import { checkVersion, type LedgerState, readState } from '../sqlite/ledger-state.ts'
import { migrate } from '../sqlite/migrate.ts'
import { copiedTables, leftTables, writtenTables } from './tables.ts'

/** A file that nobody serves, held by this process alone for as long as it is copied (R1). */
export interface Source {
  readonly state: LedgerState
  /** Where it was copied to before, or may have been. */
  readonly movedTo: string | undefined
  columns(table: string): readonly string[]
  rows(table: string, columns: readonly string[]): Iterable<Row>
  /** Durably, before the target commits: from then on nobody serves it (undefined: one may again). */
  mark(movedTo: string | undefined): void
  close(): void
}

/** Opens it and brings it forward to this version's form; or says who holds it. */
export function openSource(path: string): Source {
  if (!existsSync(path)) throw new CurfewError(`There is no file ${path}.`)
  const database = openDatabase(path)
  try {
    migrate(database, () => {
      throw new CurfewError(`There is nothing in ${path} that could be copied.`)
    })
    checkVersion(database)
    checkTables(database)
  } catch (error) {
    database.close()
    throw error
  }
  const [movedTo] = prepareReader(database, 'SELECT moved_to FROM ledger_state WHERE one = 1').get() ?? []
  const mark = prepareWriter(database, 'UPDATE ledger_state SET moved_to = ? WHERE one = 1')
  return {
    state: readState(database).whole(),
    movedTo: typeof movedTo === 'string' ? movedTo : undefined,
    columns: (table) =>
      prepareReader(database, `SELECT name FROM pragma_table_info('${table}')`)
        .all()
        .map(([name]) => String(name)),
    rows: (table, columns) => prepareReader(database, `SELECT ${columns.map((name) => `"${name}"`).join(', ')} FROM "${table}"`).iterate(),
    mark: (place) => void mark(place ?? null),
    close: () => database.close(),
  }
}

function checkTables(database: Database): void {
  const known = [...copiedTables, ...writtenTables, ...leftTables]
  for (const [name] of prepareReader(database, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all()) {
    if (!known.includes(String(name))) throw new CurfewError(`The table ${name} is one that curfew copy does not know. Nothing was copied.`)
  }
}
