import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { CurfewError, OAuthError } from '../../../src/errors.ts'
import { realWorld } from '../../../src/real-world.ts'
import { formsIn } from '../../../src/store/postgres/migrate.ts'
import { openPostgres } from '../../../src/store/postgres/open.ts'
import type { Store } from '../../../src/store/store.ts'
import { addService, put } from '../../../src/testing/contract/fixtures.ts'
import { contractCases } from '../../../src/testing/store-contract.ts'
import { rewritingPool } from './open-for-test.ts'
import { type PostgresServer, skip, startPostgres } from './server.ts'

const log = { warn: () => undefined, error: () => undefined }
const ours = new URL('../../../src/store/postgres/migrations/', import.meta.url)

describe('old and new versions side by side', { skip }, () => {
  let server: PostgresServer
  let admin: pg.Pool
  const home = mkdtempSync(join(tmpdir(), 'curfew-versions-'))
  const nodes: Store[] = []

  /** Ours, and what versions to come may add. */
  const version = (name: string, more: Record<string, string>): URL => {
    const folder = join(home, name)
    cpSync(ours, folder, { recursive: true })
    for (const [file, sql] of Object.entries(more)) writeFileSync(join(folder, file), sql)
    return pathToFileURL(`${folder}/`)
  }
  const expand = {
    '9001-expand.sql': 'ALTER TABLE curfew.users ADD COLUMN locale text;\nCREATE INDEX users_locale ON curfew.users (locale);\n',
  }
  const contract = { ...expand, '9002-contract.sql': `-- oldest: ${formsIn() + 1}\nALTER TABLE curfew.users DROP COLUMN name;\n` }
  const open = (migrations?: URL): Store => {
    const store = openPostgres(server.url, { world: realWorld(), leaseMs: 5_000, log, ...(migrations ? { migrations } : {}) })
    nodes.push(store)
    return store
  }
  before(async () => {
    server = await startPostgres()
    admin = new pg.Pool({ connectionString: server.url, max: 4 })
  })
  after(async () => {
    await Promise.all(nodes.map((node) => node.close()))
    await admin.end()
    await server.close()
    rmSync(home, { recursive: true, force: true })
  })

  test('a new version adds what it needs while the old one serves; both go on, and the old one can be started again', async () => {
    const old = open()
    await put(old, { do: 'stale', what: 'everything' })
    const working: Promise<unknown>[] = []
    let isOver = false
    for (let worker = 0; worker < 4; worker += 1) {
      working.push(
        (async () => {
          while (!isOver) await put(old, { do: 'stale', what: 'everything' })
        })(),
      )
    }
    const added = open(version('expand', expand))
    await added.lists.counts()
    isOver = true
    await Promise.all(working)
    const again = open()
    assert.equal((await again.ledger.rows()).head, (await added.ledger.rows()).head)
    // Races between the two versions are decided as between two nodes of one.
    const race = contractCases.find(({ name }) => name.startsWith('two nodes: RF-3'))!
    await race.run({ store: again, node: () => added, close: async () => undefined })
  })

  test('a migration waits for nobody for long: whoever came meanwhile is served, and it is tried again', async () => {
    const blocking = await admin.connect()
    await blocking.query('BEGIN; LOCK TABLE curfew.users IN ACCESS SHARE MODE')
    const newer = open(version('blocked', { ...expand, '9002-more.sql': 'ALTER TABLE curfew.users ADD COLUMN zone text;\n' }))
    const migrating = newer.lists.counts()
    for (let isWaiting = false; !isWaiting; ) {
      const { rows } = await admin.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE%'")
      isWaiting = rows.length > 0
    }
    await nodes[0]!.lists.users('', 10) // stands behind the migration, which gives way
    await blocking.query('COMMIT')
    blocking.release()
    await migrating
  })

  test('what the old version needs is taken away by a later one, which the old one notices at its start', async () => {
    await admin.query('CREATE DATABASE later')
    const url = server.url.replace(/\/postgres$/, '/later')
    const open = (migrations?: URL): Store => {
      const store = openPostgres(url, { world: realWorld(), leaseMs: 5_000, log, ...(migrations ? { migrations } : {}) })
      nodes.push(store)
      return store
    }
    await open(version('both', contract)).lists.counts()
    await assert.rejects(
      open().lists.counts(),
      (error) => error instanceof CurfewError && /which this version of Curfew does not know any more/.test(error.message),
    )
    await open(version('middle', expand)).lists.counts()
  })

  test('V9: a sort of entries that a node does not know: from its first commit on the node decides nothing, and says why; newer ones go on', async () => {
    await admin.query('CREATE DATABASE sorts')
    const url = server.url.replace(/\/postgres$/, '/sorts')
    const lines: { event?: string; message?: string }[] = []
    const heard = { warn: () => undefined, error: (facts: object, message?: string) => void lines.push({ ...facts, message: message! }) }
    const older = openPostgres(url, { world: realWorld(), leaseMs: 5_000, log: heard, listen: false })
    const pool = new pg.Pool({ connectionString: url, max: 8 })
    pool.on('error', () => undefined)
    // As a version that knows two sorts would ask.
    const later = rewritingPool(pool, (text) =>
      text
        .replaceAll('l.version <= 1', 'l.version <= 2')
        .replace('l.version, f.form', '1, f.form')
        .replace(/^SELECT l\.version FROM curfew\.ledger_state l$/, 'SELECT 1'),
    )
    const newer = openPostgres(later, { world: realWorld(), leaseMs: 5_000, log: heard, listen: false })
    nodes.push(older, newer)
    await addService(newer, { id: 'orders' })
    const row = (id: string, version: number) => ({ service: 'orders', id, after: 0, local: false, version })
    assert.deepEqual(
      (await older.ledger.beat([row('v1', 1)])).map(({ outcome }) => outcome),
      ['written'],
    )
    await put(older, { do: 'stale', what: 'everything' })

    await pool.query('UPDATE curfew.ledger_state SET version = 2')
    const head = (await newer.ledger.rows()).head
    const isAway = (error: unknown): boolean => error instanceof OAuthError && error.code === 'temporarily_unavailable'
    // Each statement holds it, before any look has told the node.
    await assert.rejects(older.ledger.beat([row('v2', 1)]), isAway)
    await assert.rejects(older.ledger.read(0, 10), isAway)
    await assert.rejects(older.begin({ kind: 'head' }), isAway)
    await assert.rejects(older.ledger.waitingFor(1), isAway)
    await older.ledger.rows() // what housekeeping looks at each second
    const isOutdated = (error: unknown): boolean => error instanceof OAuthError && error.reason === 'node_outdated'
    await assert.rejects(put(older, { do: 'stale', what: 'everything' }), isOutdated)
    await assert.rejects(older.lists.counts(), isOutdated)
    assert.deepEqual(
      lines.map(({ event, message }) => [event, message]),
      [['store.outdated', 'The ledger has entries of a newer kind (2) than this version of Curfew knows (1). Update Curfew on this node.']],
    )
    // (L): a verifier that does not know every sort gets no lease, and no row.
    assert.deepEqual(
      (await newer.ledger.beat([row('v3', 1), row('v4', 2)])).map(({ outcome }) => outcome),
      ['outdated', 'written'],
    )
    const rows = await newer.ledger.rows()
    assert.deepEqual([rows.head, rows.rows.map(({ id }) => id).toSorted()], [head, ['v1', 'v4']])
    await assert.rejects(
      openPostgres(url, { world: realWorld(), leaseMs: 5_000, log: heard, listen: false }).lists.counts(),
      (error) => error instanceof CurfewError && /entries of a newer kind/.test(error.message),
    )
    await pool.end()
  })

  test('V9: a form that leaves a running node behind: it stops as well', async () => {
    await admin.query('CREATE DATABASE behind')
    const url = server.url.replace(/\/postgres$/, '/behind')
    const lines: string[] = []
    const heard = { warn: () => undefined, error: (_: object, message?: string) => void lines.push(message ?? '') }
    const running = openPostgres(url, { world: realWorld(), leaseMs: 5_000, log: heard, listen: false })
    const newer = openPostgres(url, { world: realWorld(), leaseMs: 5_000, log, listen: false, migrations: version('left', contract) })
    nodes.push(running, newer)
    await running.ledger.rows()
    await newer.ledger.rows()
    await running.ledger.rows()
    await assert.rejects(running.ledger.rows(), (error) => error instanceof OAuthError && error.reason === 'node_outdated')
    assert.match(lines[0] ?? '', /^The database has form \d+, which this version of Curfew does not know any more/)
  })
})
