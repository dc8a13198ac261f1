import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { createVerifier, type Verifier } from '@curfew/verifier'
import pg from 'pg'
import { shownDatabase } from '../../../src/open-store.ts'
import { realWorld } from '../../../src/real-world.ts'
import { copiedTables, leftTables, namedInSqlite, writtenTables } from '../../../src/store/copy/tables.ts'
import { openPostgres } from '../../../src/store/postgres/open.ts'
import { openDatabase, prepareReader } from '../../../src/store/sqlite/database.ts'
import { curfew } from '../../cli/command-line.ts'
import { type PostgresServer, skip, startPostgres } from '../postgres/server.ts'
import { audience, type Nodes, openNodes, password, until } from '../postgres/serving.ts'

/** The one row that a database begins with. */
const stateOfIt = `INSERT INTO curfew.ledger_state (head, horizon, lease_ms, wait_ms, settled, incarnation) VALUES (0, 0, 5000, 5150, true, 'x')`
const quiet = { info() {}, warn() {}, error() {} }

describe('curfew copy: from a file to PostgreSQL, without ending anybody', { skip, timeout: 120_000 }, () => {
  let server: PostgresServer
  let at: Nodes
  let file = ''
  let verifier: Verifier
  const clients = [{ id: 'shop', redirectUris: ['https://shop.test/back'], scopes: ['openid'] }]
  before(async () => {
    server = await startPostgres()
    at = await openNodes({ database: 'unused' })
    file = join(at.folder, 'curfew.db')
    at.configure({ database: file, lease: 1000, clients })
    await (await at.start()).until('"event":"started"')
  })
  // Whatever failed before: what was begun is ended, else the file would never be done.
  after(async () => {
    await Promise.allSettled([verifier?.close()])
    await Promise.allSettled([at?.close()])
    await server?.close()
  })

  const copy = (to = server.url, from = `sqlite:${file}`) => curfew(['copy', '--from', from, '--to', to, '--json'], { env: {} })
  const refresh = (token: string) => at.post('/session/refresh', { refresh_token: token })
  const session = async (cookie: string) => {
    const answer = await fetch(`${at.issuer}/session`, { headers: { cookie } })
    return ((await answer.json()) as { user: { name: string } | null }).user !== null
  }

  const connect = async (t: TestContext, url: string) => {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    t.after(() => client.end())
    await client.connect()
    return client
  }
  const openOwn = async (t: TestContext, options: Parameters<typeof openNodes>[0]) => {
    const own = await openNodes(options)
    t.after(() => own.close())
    return own
  }

  test('what was good goes on, what was over stays over, and numbers and verifiers go on where they were', async () => {
    await at.run(['users', 'add', 'ada'], { input: password })
    const { key } = JSON.parse((await at.run(['services', 'add', 'api', '--audience', audience, '--json'])).stdout) as { key: string }
    const cold: string[] = []
    verifier = createVerifier({
      ...{ issuer: at.issuer, audience, key, onLeaseLost: 'refuse' },
      logger: { ...quiet, warn: (_, message) => void (/went back/.test(message) && cold.push(message)) },
    })
    await verifier.ready()
    const [alive, over] = [await at.signIn(), await at.signIn()]
    const signedOut = await at.post('/session/sign-out', {}, { token: over.access_token })
    assert.equal(signedOut.body.confirmed, true)
    const signIn = await fetch(`${at.issuer}/session/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'curfew-request': '1', origin: at.issuer, 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify({ identifier: 'ada', password, mode: 'cookie' }),
    })
    const cookie = signIn.headers
      .getSetCookie()
      .map((one) => one.split(';', 1)[0])
      .join('; ')
    assert.ok(await session(cookie))
    const kids = (await at.get('/jwks')).body

    const busy = await copy()
    assert.deepEqual([busy.code, busy.stderr], [1, ''])
    assert.match(busy.stdout, /in use by process \d+.*stop it first/)
    const [old] = at.nodes.splice(0)
    assert.equal((await old!.stop()).code, 0)
    const before = verifier.state()

    const copied = await copy()
    assert.equal(copied.code, 0, copied.stdout + copied.stderr)
    const done = JSON.parse(copied.stdout) as { outcome: string; rows: Record<string, number>; head: number }
    assert.deepEqual([done.outcome, done.head, done.rows.users, done.rows.sessions], ['copied', before.position, 1, 3])
    assert.match(copied.stderr, /^services: \d+\nclients: \d+\nkeys: \d+\nusers: 1\nsessions: 3\n/)
    const again = await copy()
    assert.deepEqual([again.code, again.stdout], [0, '{"outcome":"already"}\n'])

    // The file is not served beside it.
    const served = await (await at.start()).ended
    assert.equal(served.code, 1)
    assert.match(served.stderr, /copied to postgres:\/\/127\.0\.0\.1:\d+\/postgres, and goes on there/)
    at.nodes.splice(0)

    at.configure({ database: { url: server.url }, lease: 9000, clients })
    const nodes = await Promise.all([at.start(), at.start()])
    await Promise.all(nodes.map((node) => node.until('"event":"started"')))
    // Its last request of before may still be refused by the way in, which had no node for a moment.
    await until('the verifier follows again', () => verifier.state().ready && verifier.state().problem === undefined)
    assert.deepEqual([cold.length, verifier.state().position], [0, before.position])
    assert.deepEqual((await at.get('/jwks')).body, kids)
    const outcome = async (token: string) => (await verifier.verify({ token })).outcome
    assert.deepEqual([await outcome(alive.access_token), await outcome(over.access_token)], ['accepted', 'refused'])
    assert.ok(await session(cookie))
    assert.deepEqual([(await refresh(alive.refresh_token)).status, (await refresh(over.refresh_token)).status], [200, 401])
    const { status, body } = await at.post('/session/sign-out', {}, { token: alive.access_token })
    assert.deepEqual([status, body.confirmed], [200, true])
    assert.ok(Number(body.took_ms) < 900, `R1: rows of a clean stop are known, so no lease is waited for: ${body.took_ms}`)
    assert.deepEqual([await outcome(alive.access_token), verifier.state().position > before.position], ['refused', true])
    // New rows get numbers of their own.
    assert.equal((await at.post('/sign-up', { identifier: 'eve', password, mode: 'token' })).status, 201)
    const { head } = JSON.parse((await at.run(['verifiers', '--json'])).stdout) as { head: number }
    assert.ok(head > done.head)
  })

  test('a target that is not empty, a file that was moved elsewhere and mistakes are refused, and nothing is changed', async (t) => {
    const admin = await connect(t, server.url)
    await admin.query('CREATE DATABASE other')
    const elsewhere = await copy(server.url.replace(/postgres$/, 'other'))
    assert.equal(elsewhere.code, 1)
    assert.match(elsewhere.stdout, /was copied to postgres:\/\/.*, and goes on there\. Nothing was copied/)
    // Somebody else's, of a form of before: it is not even brought forward.
    const older = await connect(t, server.url.replace(/postgres$/, 'other'))
    const start = readFileSync(new URL('../../../src/store/postgres/migrations/0001-start.sql', import.meta.url), 'utf8')
    await older.query(`DROP SCHEMA curfew CASCADE; CREATE SCHEMA curfew; ${start};
      CREATE TABLE curfew.schema_version (version integer PRIMARY KEY, name text NOT NULL, oldest integer NOT NULL);
      INSERT INTO curfew.schema_version VALUES (1, '0001-start.sql', 1); ${stateOfIt};
      INSERT INTO curfew.keys (id, use, algorithm, sealed, created_at) VALUES ('theirs', 'sign', 'ES256', '', 1)`)
    const mistaken = await copy(server.url.replace(/postgres$/, 'other'))
    assert.deepEqual([mistaken.code, /There is something in .* already/.test(mistaken.stdout)], [1, true], mistaken.stdout)
    assert.deepEqual((await older.query('SELECT max(version) AS form FROM curfew.schema_version')).rows, [{ form: 1 }])
    const own = await openOwn(t, { database: 'unused' })
    const path = join(own.folder, 'another.db')
    own.configure({ database: path })
    await own.run(['users', 'add', 'bob'], { input: password })
    const filled = await copy(server.url, `sqlite:${path}`)
    assert.deepEqual([filled.code, /There is something in .* already/.test(filled.stdout)], [1, true], filled.stdout)
    // Undone in the target, so it may still be served.
    assert.equal((await own.run(['users', 'list'])).code, 0)
    const { rows } = await admin.query('SELECT count(*)::integer AS users FROM curfew.users')
    assert.deepEqual(rows, [{ users: 2 }])
    for (const [from, to, says] of [
      ['sqlite:nowhere.db', server.url, /There is no file nowhere\.db/],
      ['postgres://db/curfew', server.url, /--from is a file/],
      [`sqlite:${path}`, 'other.db', /--to is a database of PostgreSQL/],
      [`sqlite:${path}`, 'postgres://127.0.0.1:1/x', /does not answer\. Run it again/],
    ] as const) {
      const { code, stdout } = await copy(to, from)
      assert.ok(code !== 0 && says.test(stdout), stdout)
    }
    const nowhere = await curfew(['--database', 'postgres://127.0.0.1:1/x', 'users', 'list'], { env: {} })
    assert.deepEqual(
      [nowhere.code, nowhere.stderr],
      [1, 'postgres://127.0.0.1:1/x does not answer. Is it there, and is the address right?\n'],
    )
  })

  test('after a crash nobody knows who had a lease: in the target nothing is confirmed before one has passed (R1, R2)', async (t) => {
    const admin = await connect(t, server.url)
    await admin.query('CREATE DATABASE crashed')
    const own = await openOwn(t, { database: 'unused', lease: 1000 })
    const path = join(own.folder, 'crashed.db')
    own.configure({ database: path, lease: 1000 })
    const node = await own.start()
    await node.until('"event":"started"')
    node.child.kill('SIGKILL')
    await node.ended
    // More rows than one statement takes.
    const before = openDatabase(path)
    before.exec(
      'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1203) INSERT INTO limits SELECT randomblob(32), i FROM n',
    )
    // Text that SQLite keeps and PostgreSQL has none of.
    before.exec(`INSERT INTO users (id, sub, usr, identifier, name, disabled, created_at)
      VALUES (901, 'n', randomblob(16), 'nil', 'a' || char(0) || 'b', 0, 1)`)
    before.close()
    const url = server.url.replace(/postgres$/, 'crashed')
    // M3: a node that begins to start on the target has longer tokens in mind, and says so only once.
    const starting = openPostgres(url, { world: realWorld(), leaseMs: 5_000, log: quiet, listen: false })
    await starting.ledger.raiseMaxTtl(3_600_000).finally(() => starting.close())
    const client = await connect(t, url)
    // Somebody is at it.
    await client.query('BEGIN; LOCK TABLE curfew.keys IN SHARE MODE')
    const busy = await copy(url, `sqlite:${path}`)
    assert.deepEqual([busy.code, /Somebody is at the tables in .*Nothing was copied/.test(busy.stdout)], [1, true], busy.stdout)
    await client.query('ROLLBACK')
    // A copy that died between its mark and its commit: the file is served by nobody, and a second run makes it whole.
    const marked = openDatabase(path)
    marked.exec(`UPDATE ledger_state SET moved_to = '${shownDatabase(url)}'`)
    marked.close()
    assert.equal((await copy(url, `sqlite:${path}`)).code, 0)
    assert.deepEqual((await client.query("SELECT name FROM curfew.users WHERE sub = 'n'")).rows, [{ name: 'a\u{fffd}b' }])
    assert.deepEqual((await client.query('SELECT max_ttl::integer FROM curfew.ledger_state')).rows, [{ max_ttl: 3_600_000 }])
    assert.deepEqual((await client.query('SELECT settled FROM curfew.ledger_state')).rows, [{ settled: false }])
    assert.deepEqual((await client.query('SELECT sum(tat)::integer AS sum FROM curfew.limits')).rows, [{ sum: (1203 * 1204) / 2 }])
    // Back to the file as to a backup: everything of before is over, and it is served again.
    const back = (argv: readonly string[]) => own.run(['--database', path, ...argv])
    assert.match((await back(['users', 'list'])).stderr, /was copied to .*, and goes on there/)
    assert.equal((await back(['restored', '--lease', '1s'])).code, 0)
    assert.equal((await back(['users', 'list'])).code, 0)
  })

  test('no table and no column is forgotten, in either schema', async (t) => {
    const client = await connect(t, server.url)
    const { rows } = await client.query<{ table: string; column: string }>(
      `SELECT table_name AS table, column_name AS column FROM information_schema.columns
       WHERE table_schema = 'curfew' AND is_generated = 'NEVER' ORDER BY 1, ordinal_position`,
    )
    const theirs = Object.groupBy(rows, ({ table }) => table)
    const known = [...copiedTables, ...writtenTables, ...leftTables]
    assert.deepEqual(Object.keys(theirs).toSorted(), known.toSorted())
    const database = openDatabase(file)
    const all = (sql: string): string[] =>
      prepareReader(database, sql)
        .all()
        .map(([name]) => String(name))
    // The issuer's marks stand in the state there, and who followed yesterday is in memory.
    const ours = all("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    assert.deepEqual([...ours, 'issuer', 'verifiers_past'].toSorted(), known.toSorted())
    for (const table of copiedTables) {
      const names = theirs[table]!.map(({ column }) => namedInSqlite[column] ?? column)
      assert.deepEqual(all(`SELECT name FROM pragma_table_info('${table}')`).toSorted(), names.toSorted(), table)
    }
    const state = theirs.ledger_state!.map(({ column }) => column)
    const only = all("SELECT name FROM pragma_table_info('ledger_state')").filter((name) => !state.includes(name))
    assert.deepEqual(only, ['cut', 'stale', 'clean', 'clock', 'moved_to'])
    database.close()
  })
})
