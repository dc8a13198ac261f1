import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import pg from 'pg'
import { doctorCommands } from '../../../src/control/doctor-command.ts'
import { standingsOf } from '../../../src/control/standing.ts'
import { OAuthError } from '../../../src/errors.ts'
import { realWorld } from '../../../src/real-world.ts'
import { openDatabase } from '../../../src/store/postgres/database.ts'
import { openPostgres } from '../../../src/store/postgres/open.ts'
import { transact } from '../../../src/store/postgres/transaction.ts'
import { addService } from '../../../src/testing/contract/fixtures.ts'
import type { Services } from '../../../src/use-cases/needs.ts'
import { rewritingPool } from './open-for-test.ts'
import { type PostgresServer, skip, startPostgres } from './server.ts'
import { until } from './serving.ts'

const log = { warn: () => undefined, error: () => undefined }
const holders = `SELECT pid, mode, granted FROM pg_locks WHERE locktype = 'advisory' AND (classid::bigint << 32 | objid::bigint) = hashtext('curfew nodes')`

describe('whom a node asks, and what it holds', { skip, timeout: 60_000 }, () => {
  let server: PostgresServer
  let admin: pg.Pool
  before(async () => {
    server = await startPostgres()
    admin = new pg.Pool({ connectionString: server.url, max: 4 })
  })
  after(async () => {
    await admin.end()
    await server.close()
  })

  test('keys and services are never read from a standby, on whichever connection it answers', async () => {
    let isStandby = false
    const pool = rewritingPool(admin, (text) => (isStandby ? text.replaceAll('pg_is_in_recovery()', 'true') : text))
    const store = openPostgres(pool, { world: realWorld(), leaseMs: 5_000, log, listen: false })
    await addService(store, { id: 'orders' })
    assert.deepEqual([(await store.keys.all()).length, (await store.lists.services()).length], [0, 1])
    isStandby = true
    const away = (error: unknown): boolean => error instanceof OAuthError && error.reason === 'database_away'
    await assert.rejects(store.keys.all(), away)
    await assert.rejects(store.lists.services(), away)
    await store.close()
  })

  test('a statement that was prepared before a migration changed its columns is carried out all the same, alone and in a transaction', async () => {
    await admin.query('CREATE TABLE moving (a integer); INSERT INTO moving VALUES (1)')
    const pool = new pg.Pool({ connectionString: server.url, max: 1, pipeline: true })
    for (const change of ['ALTER TABLE moving ADD COLUMN b integer', 'ALTER TABLE moving ALTER COLUMN a TYPE text']) {
      const one = { text: `SELECT * FROM moving WHERE $1::boolean -- ${change}`, values: [true] }
      const database = openDatabase({ pool, closePool: async () => undefined, world: realWorld(), reads: 1, prepared: true })
      await database.run(one)
      await admin.query(change)
      if (/ADD/.test(change)) {
        assert.deepEqual((await database.run(one)).rows, [[1, null]])
      } else {
        const began: unknown[] = []
        const work = transact(database, realWorld(), [one], async ({ loaded }) => began.push(loaded[0]!.rows[0]![0]))
        assert.equal(await work, 1)
        assert.deepEqual(began, ['1'])
      }
    }
    await pool.end()
  })

  test('doctor goes by the clock of the database, not by that of the machine that asks it', async () => {
    const pool = rewritingPool(admin, (text) => text.replaceAll('clock_timestamp()', "(clock_timestamp() + interval '1 hour')"))
    const store = openPostgres(pool, { world: realWorld(), leaseMs: 5_000, log, listen: false })
    await addService(store, { id: 'far' })
    await store.ledger.beat([{ service: 'far', id: 'one', after: 0, local: false }])
    const services = { store, world: realWorld(), settings: {}, accounts: {} } as unknown as Services
    const told = (await doctorCommands.doctor!({}, services)) as {
      now: number
      verifiers: { lease_ms: number }[]
    }
    assert.ok(Math.abs(told.now - Date.now() - 3_600_000) < 60_000, String(told.now))
    assert.ok(told.verifiers[0]!.lease_ms > 0 && told.verifiers[0]!.lease_ms <= 5_000, JSON.stringify(told.verifiers))
    const [standing] = await standingsOf([(await store.lists.services()).find(({ id }) => id === 'far')!.audience], services)
    assert.deepEqual([standing?.silent, standing!.lease_ms <= 5_000], [0, true])
    await store.close()
  })

  test('R2: a node that starts in the middle of a restore is seen by the next, and learns what changed meanwhile', async () => {
    const restoring = await admin.connect()
    await restoring.query(`BEGIN; SELECT pg_advisory_xact_lock(hashtext('curfew nodes'))`)
    const pool = new pg.Pool({ connectionString: server.url, max: 8 })
    const node = openPostgres(pool, { world: realWorld(), leaseMs: 5_000, log })
    let wakes = 0
    node.keys.onChange?.(() => {
      wakes += 1
    })
    await node.keys.all()
    const find = async (isGranted: boolean): Promise<number | undefined> =>
      (await admin.query<{ pid: number; granted: boolean }>(`${holders} AND mode = 'ShareLock'`)).rows.find(
        ({ granted }) => granted === isGranted,
      )?.pid
    await until('it waits', async () => (await find(false)) !== undefined)
    assert.equal(wakes, 0)
    // What fails there is closed: in a pool of the application's it would go on holding the lock.
    const pid = await find(false)
    await admin.query('SELECT pg_cancel_backend($1)', [pid])
    await until('its connection is closed', async () => {
      const { rows } = await admin.query('SELECT FROM pg_stat_activity WHERE pid = $1', [pid])
      return rows.length === 0
    })
    await until('it waits again', async () => (await find(false)) !== undefined)
    await restoring.query('COMMIT')
    restoring.release()
    await until('it has the lock', async () => (await find(true)) !== undefined)
    await until('it was woken', () => wakes > 0)
    await node.close()
    assert.equal(await find(true), undefined)
    await pool.end()
  })
})
