import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Database, openDatabase } from '../../../src/store/sqlite/database.ts'
import { sqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { testWorld } from '../../../src/testing/fixed-clock.ts'
import { logged } from './open-for-test.ts'

/** Whole tables, on purpose: lists for people, and tables that are a handful of rows. */
const mayScan = [
  /^SELECT \(SELECT count\(\*\)/, // counts
  /FROM sessions s CROSS JOIN users u .* ORDER BY s\.id DESC LIMIT/, // the newest of everybody: stops at the limit
  /^SELECT c\.id, c\.registration.* FROM clients c ORDER BY c\.id$/,
  /FROM services ORDER BY id$/,
  /FROM keys ORDER BY created_at, id$/,
  /FROM keys WHERE use = 'sign'/, // once, after a restore
  /FROM sqlite_schema$/,
  /FROM schema_version$/,
]

function prepared(): { database: Database; statements: Set<string> } {
  const database = openDatabase(':memory:')
  const statements = new Set<string>()
  const watched = new Proxy(database, {
    get(target, name) {
      if (name === 'prepare') {
        return (sql: string) => {
          statements.add(sql)
          return target.prepare(sql)
        }
      }
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  sqliteStore(watched, { world: testWorld(), leaseMs: 1_000, log: logged().log }, () => {})
  return { database, statements }
}

describe('every statement follows an index, however many sessions there are', () => {
  const { database, statements } = prepared()

  test('the list of statements is whole', () => {
    assert.ok(statements.size > 60, `${statements.size}`)
  })

  for (const sql of statements) {
    if (/^(BEGIN|COMMIT|SAVEPOINT|RELEASE|ROLLBACK)/.test(sql)) continue
    const line = sql.replaceAll(/\s+/g, ' ').trim()
    test(line.slice(0, 120), () => {
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()
      const details = plan.map(({ detail }) => String(detail))
      const scans = details.filter((detail) => /^SCAN (?!CONSTANT)/.test(detail))
      if (!mayScan.some((each) => each.test(line))) assert.deepEqual(scans, [], details.join('\n'))
    })
  }
})
