import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createVerifier, type Verifier } from '@curfew/verifier'
import pg from 'pg'
import { type PostgresServer, skip, startPostgres } from './server.ts'
import { audience, type Nodes, openNodes, password, until } from './serving.ts'

const quiet = { info() {}, warn() {}, error() {} }

describe('the command line opens PostgreSQL itself, while two nodes serve', { skip, timeout: 120_000 }, () => {
  let database: PostgresServer
  let at: Nodes
  let verifier: Verifier
  before(async () => {
    database = await startPostgres()
    at = await openNodes({ database: { url: database.url, prepared: true, lanes: 3 }, lease: 1000 })
    const nodes = await Promise.all([at.start(), at.start()])
    await Promise.all(nodes.map((node) => node.until('"event":"started"')))
  })
  after(async () => {
    await verifier?.close()
    await at.close()
    await database.close()
  })

  const json = async <T>(argv: readonly string[], given = {}): Promise<T> => {
    const ran = await at.run([...argv, '--json'], given)
    assert.equal(ran.code, 0, `${argv.join(' ')}: ${ran.stdout}${ran.stderr}`)
    return JSON.parse(ran.stdout) as T
  }
  const kids = async (url: string): Promise<string[]> =>
    ((await at.get('/jwks', url)).body.keys as { kid: string }[]).map(({ kid }) => kid).toSorted()

  test('every node has the keys that any node made', async () => {
    const [one, other] = at.nodes.map(({ url }) => url) as [string, string]
    const both = await Promise.all([kids(one), kids(other)]) // each makes its RS256 key
    assert.ok(both.every((set) => set.length >= 2))
    // What the other made is heard of (L3); a wake that is lost costs a poll.
    const deadline = performance.now() + 10_000
    while (`${await kids(one)}` !== `${await kids(other)}`) assert.ok(performance.now() < deadline, 'both have the same keys')
  })

  test('users, services, who, sessions and verifiers: what is added is there at once, and rows of verifiers are those of all nodes', async () => {
    await json(['users', 'add', 'ada'], { input: password })
    const { key } = await json<{ key: string }>(['services', 'add', 'api', '--audience', audience])
    verifier = createVerifier({ issuer: at.issuer, audience, key, logger: quiet })
    await verifier.ready()
    const { session } = await at.signIn()
    const { verifiers, settled } = await json<{ verifiers: { service: string; lease_ms: number; lag: number }[]; settled: boolean }>([
      'verifiers',
    ])
    assert.deepEqual(
      verifiers.map(({ service, lag }) => [service, lag]),
      [['api', 0]],
    )
    assert.ok(settled && verifiers[0]!.lease_ms > 500 && verifiers[0]!.lease_ms <= 1000, JSON.stringify(verifiers))
    const who = await json<{ sessions: { sid: string }[] }>(['who', 'ada'])
    assert.ok(who.sessions.some(({ sid }) => sid === session.sid))
    assert.equal((await at.run(['sessions'])).code, 0)
  })

  test('S2: revoke: confirmed by a verifier that is at any node, and refused everywhere then', async () => {
    const { access_token: token } = await at.signIn()
    assert.equal((await verifier.verify({ token })).outcome, 'accepted')
    const { confirmed, details } = await json<{ confirmed: boolean; details: { verifiers: { name: string; acknowledged: number }[] } }>([
      ...['revoke', '--user', 'ada'],
    ])
    assert.equal(confirmed, true)
    assert.deepEqual(
      details.verifiers.map(({ name, acknowledged }) => [name, acknowledged]),
      [['api', 1]],
    )
    assert.equal((await verifier.verify({ token })).outcome, 'refused')
    for (const { url } of at.nodes) assert.equal((await at.post('/session/sign-out', {}, { at: url, token })).status, 200)
  })

  test('D3, D4: lease and pause: all nodes give what was set, at the next question', async () => {
    await json(['lease', '2s'])
    await until('the verifier has it', () => verifier.state().leaseLeft > 1_000)
    const paused = await json<{ lease_ms: number; ready: object[]; silent: object[] }>(['pause', '--for', '30s'])
    assert.deepEqual([paused.lease_ms, paused.ready.length, paused.silent.length], [50_000, 1, 0])
    assert.ok(verifier.state().leaseLeft > 30_000)
    await json(['pause', '--end'])
    assert.equal((await json<{ lease_ms: number }>(['lease'])).lease_ms, 2_000)
  })

  test('R2: restored is refused while nodes run, and changes nothing; when they have stopped, everybody signs in anew with new keys', async () => {
    const before = await at.signIn()
    const refused = await at.run(['restored'])
    assert.deepEqual([refused.code, refused.stdout], [1, ''])
    assert.match(refused.stderr, /^Servers run on this database\. Stop every node first/)
    assert.equal((await at.post('/session/refresh', { refresh_token: before.refresh_token })).status, 200)
    const old = await kids(at.nodes[0]!.url)
    await verifier.close()
    for (const node of at.nodes.splice(0)) assert.equal((await node.stop()).code, 0)
    const { wait_ms } = await json<{ wait_ms: number }>(['restored', '--lease', '1s'])
    assert.ok(wait_ms >= 1_070)
    const nodes = await Promise.all([at.start(), at.start()])
    await Promise.all(nodes.map((node) => node.until('"event":"started"')))
    assert.equal((await at.post('/session/refresh', { refresh_token: before.refresh_token })).status, 401)
    const anew = await at.signIn()
    const fresh = await kids(nodes[0]!.url)
    assert.ok(
      fresh.every((kid) => !old.includes(kid)),
      `${old} ${fresh}`,
    )
    assert.deepEqual(await kids(nodes[1]!.url), fresh)
    assert.equal((await at.post('/session/refresh', { refresh_token: anew.refresh_token })).status, 200)
  })

  test('V9: nodes that are older than the ledger serve nothing from then on, say so in /readyz and in the log, and do not start', async () => {
    const { refresh_token: refresh } = await at.signIn()
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    await client.query('UPDATE curfew.ledger_state SET version = 2') // as the first entry of a sort that a version to come knows
    await client.end()
    assert.equal((await at.post('/session/refresh', { refresh_token: refresh })).status, 503)
    const says = 'The ledger has entries of a newer kind (2) than this version of Curfew knows (1). Update Curfew on this node.'
    for (const node of at.nodes) {
      await node.until(says)
      await until('its readiness says so', async () => (await at.get('/readyz', node.url)).body.problem === says)
      assert.equal((await at.get('/healthz', node.url)).status, 200)
    }
    const { code, stderr } = await (await at.start()).ended
    assert.deepEqual([code, stderr], [1, `${says}\n`])
  })
})
