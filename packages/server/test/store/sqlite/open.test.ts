import assert from 'node:assert/strict'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openDatabase } from '../../../src/store/sqlite/database.ts'
import { openSqlite } from '../../../src/store/sqlite/open.ts'
import { now, put } from '../../../src/testing/contract/fixtures.ts'
import { testWorld } from '../../../src/testing/fixed-clock.ts'
import { logged } from './open-for-test.ts'

const minute = 60_000
let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'curfew-store-'))
})
after(() => rm(folder, { recursive: true }))

/** A file that was served once, with its state changed. */
const changed =
  (what: string) =>
  (path: string): void => {
    openSqlite(path, options()).abandon()
    const database = openDatabase(path)
    database.exec(`UPDATE ledger_state SET ${what}`)
    database.close()
  }
const options = () => ({ world: testWorld(), leaseMs: 1_000, log: logged().log })

describe('opening a file', () => {
  test('its owner alone may read it and what lies beside it; a clean stop leaves the database and nothing of the process', async () => {
    const path = join(folder, 'modes.db')
    const store = openSqlite(path, options())
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.equal(statSync(`${path}-wal`).mode & 0o777, 0o600)
    assert.equal(statSync(`${path}.control`).mode & 0o777, 0o700)
    assert.ok(existsSync(join(`${path}.control`, 'owner')))
    await store.close()
    assert.deepEqual(
      readdirSync(folder)
        .filter((name) => name.startsWith('modes'))
        .sort(),
      ['modes.db', 'modes.db.control'],
    )
    assert.ok(!existsSync(join(`${path}.control`, 'owner')))
  })

  test('R1: twice in one process: the second is refused, and does not break the lock of the first', async () => {
    const path = join(folder, 'twice.db')
    const store = openSqlite(path, options())
    for (let round = 0; round < 2; round += 1) assert.throws(() => openSqlite(path, options()), /in use by process/)
    await put(store, { do: 'stale', what: 'everything' })
    await store.close()
  })

  const mistakes: [what: string, make: (path: string) => void, says: RegExp][] = [
    ['is no database', (path) => writeFileSync(path, 'x'.repeat(5_000)), /is not a SQLite database/],
    ["is another program's", (path) => foreign(path, 'CREATE TABLE notes (text)'), /belongs to another program/],
    ['comes from a newer version', newer, /form 99.*newer version/],
    ['V9: has entries of a newer kind', changed('version = 2'), /entries of a newer kind \(2\).*knows \(1\)\. Update/],
    ['was moved', changed("moved_to = 'postgres://db/curfew'"), /copied to postgres:\/\/db\/curfew, and goes on there.*curfew restored/],
  ]
  for (const [what, make, says] of mistakes) {
    test(`a file that ${what} is refused in one sentence, and let go`, () => {
      const path = join(folder, `${what.replaceAll(/\W/g, '-')}.db`)
      make(path)
      for (let round = 0; round < 2; round += 1) assert.throws(() => openSqlite(path, options()), { name: 'CurfewError', message: says })
    })
  }

  test('a folder that does not exist is named', () => {
    const path = join(folder, 'none', 'curfew.db')
    assert.throws(() => openSqlite(path, options()), { name: 'CurfewError', message: /folder of .* does not exist/ })
  })
})

describe('LEAP: the clock', () => {
  test('follows the wall clock forward, at most 10 minutes at once, never back, and not within a transaction', async () => {
    const { world, ...rest } = options()
    const store = openSqlite(':memory:', { world, ...rest })
    const start = (await now(store)).now
    world.setWall(world.wall() - 60 * minute)
    world.advance(1_000)
    assert.equal((await now(store)).now, start + 1_000)
    const leap = store.update({ kind: 'issuer' }, (_held, at) => {
      world.setWall(start + 25 * minute)
      return { outcome: 'leapt', at }
    })
    const beside = store.update({ kind: 'issuer' }, (_held, at) => ({ outcome: 'looked', at }))
    assert.deepEqual([(await leap).at.now, (await beside).at.now], [start + 1_000, start + 1_000])
    assert.equal((await now(store)).now, start + 1_000 + 10 * minute)
    assert.equal((await put(store)).committedAt, start + 1_000 + 20 * minute)
    assert.equal((await now(store)).now, start + 25 * minute)
    await store.close()
  })

  test('M3: a restart with a wall clock that was set back goes on where the process before was, within half of the margin', async () => {
    for (const how of ['stopped', 'killed', 'only read'] as const) {
      const path = join(folder, `clock-${how}.db`)
      const world = testWorld()
      const rest = { leaseMs: 1_000, log: logged().log }
      const store = openSqlite(path, { world, ...rest })
      world.advance(10 * minute)
      if (how !== 'only read') await put(store)
      const last = (await now(store)).now
      if (how === 'stopped') await store.close()
      else store.abandon()
      world.setWall(world.wall() - 24 * 60 * minute)
      const next = openSqlite(path, { world, ...rest })
      const first = (await now(next)).now
      assert.ok(first >= last - 30_000, how)
      if (how === 'stopped') assert.equal(first, last)
      await next.close()
    }
  })
})

describe('batches', () => {
  test('what comes in one turn is one commit; a crowd is split, and everybody is answered', async () => {
    let commits = 0
    const sync = (commit: () => void) => {
      commits += 1
      commit()
    }
    const store = openSqlite(':memory:', { ...options(), sync })
    await Promise.all(Array.from({ length: 300 }, () => put(store, { do: 'stale', what: 'everything' })))
    assert.equal(commits, 1)
    const all = await Promise.all(Array.from({ length: 1_700 }, () => put(store, { do: 'stale', what: 'everything' })))
    assert.ok(commits <= 5)
    assert.deepEqual(
      all.map(({ entries }) => entries[0]?.seq),
      Array.from({ length: 1_700 }, (_, index) => 301 + index),
    )
    await store.close()
  })

  test('a decision that reads for itself is refused: everything that it needs is in its load', async () => {
    const store = openSqlite(':memory:', options())
    let read: Promise<unknown> | undefined
    await store.update({ kind: 'issuer' }, () => {
      read = store.begin({ kind: 'head' })
      read.catch(() => {})
      return { outcome: 'looked' }
    })
    await assert.rejects(read!, /A decision cannot read/)
    await store.close()
  })
})

function foreign(path: string, sql: string): void {
  const database = openDatabase(path)
  database.exec(sql)
  database.close()
}

function newer(path: string): void {
  openSqlite(path, options()).abandon()
  foreign(path, "INSERT INTO schema_version (version, name) VALUES (99, 'later')")
}
