import type { Database } from '../../../src/store/sqlite/database.ts'

/** A connection that prepares `to` wherever its owner wrote `from`, and what came of it. */
export interface Rewriting {
  change(database: Database): Database
  /** How often `from` was met. */
  readonly used: number
  /** What SQLite says to `to`, if it is no SQL: then nothing was shown. */
  readonly invalid: unknown
}

export function rewriting(from: string, to: string): Rewriting {
  let used = 0
  let invalid: unknown

  function prepare(database: Database, sql: string): ReturnType<Database['prepare']> {
    if (!sql.includes(from)) return database.prepare(sql)
    used += 1
    try {
      return database.prepare(sql.replaceAll(from, to))
    } catch (error) {
      invalid = error
      throw error
    }
  }

  return {
    change: (database) =>
      new Proxy(database, {
        get(target, name) {
          if (name === 'prepare') return (sql: string) => prepare(target, sql)
          const value = Reflect.get(target, name, target)
          return typeof value === 'function' ? value.bind(target) : value
        },
      }),
    get used() {
      return used
    },
    get invalid() {
      return invalid
    },
  }
}
