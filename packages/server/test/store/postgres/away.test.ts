import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createVerifier, type Verifier } from '@curfew/verifier'
import { isFull } from '../../proof/full.ts'
import { type PostgresServer, skip, startPostgres } from './server.ts'
import { audience, type Nodes, openNodes, password, until } from './serving.ts'

const quiet = { info() {}, warn() {}, error() {} }

describe('PostgreSQL away (issue 4, done when 5)', { skip, timeout: 120_000 }, () => {
  let database: PostgresServer
  let at: Nodes
  const verifiers: Record<string, Verifier> = {}
  before(async () => {
    database = await startPostgres()
    await database.stop('fast')
    at = await openNodes({ database: database.url, lease: 2000 })
  })
  after(async () => {
    await Promise.all(Object.values(verifiers).map((one) => one.close()))
    await at.close()
    await database.close()
  })

  const readyz = async (url: string) => {
    const { status, body } = await at.get('/readyz', url)
    return { status, problem: String(body.problem ?? '') }
  }
  const areReady = async () => (await Promise.all(at.nodes.map(({ url }) => readyz(url)))).every(({ status }) => status === 200)

  test('away at the start: nodes are alive, say what is wrong, refuse with 503, and go on by themselves within 5 s', async () => {
    await Promise.all([at.start(), at.start()])
    await Promise.all(at.nodes.map((node) => node.until('"event":"database.away"')))
    for (const { url } of at.nodes) {
      assert.deepEqual(await at.get('/healthz', url), { status: 200, body: { status: 'ok' } })
      assert.deepEqual(await readyz(url), { status: 503, problem: 'The database does not answer: nothing listens there (ECONNREFUSED).' })
      assert.equal((await at.post('/session/sign-in', { identifier: 'ada', password }, { at: url })).status, 503)
    }
    await database.start()
    const since = performance.now()
    await until('both are ready', areReady)
    const took = performance.now() - since
    assert.ok(took < 5_000, `${took}`)
    await Promise.all(at.nodes.map((node) => node.until('"event":"started"')))
    assert.equal((await at.post('/sign-up', { identifier: 'ada', password, mode: 'token' })).status, 201)
  })

  for (const how of isFull ? (['fast', 'immediate'] as const) : (['immediate'] as const)) {
    test(`stopped (${how}) and started again: nothing that was answered is lost, verifiers go on as lease and policy allow, all is well in 5 s`, async (t) => {
      for (const onLeaseLost of ['introspect', 'refuse', 'accept'] as const) {
        if (verifiers[onLeaseLost]) continue
        const none = onLeaseLost === 'accept' ? ['--checks', 'none', '--audience', `${audience}/none`] : ['--audience', audience]
        const added = await at.run(['services', 'add', onLeaseLost, ...none, '--json'])
        assert.equal(added.code, 0, added.stdout + added.stderr)
        const { key } = JSON.parse(added.stdout) as { key: string }
        verifiers[onLeaseLost] = createVerifier({
          ...{ issuer: at.issuer, audience: onLeaseLost === 'accept' ? `${audience}/none` : audience, key, onLeaseLost, logger: quiet },
        })
      }
      const { introspect, refuse, accept } = verifiers as { introspect: Verifier; refuse: Verifier; accept: Verifier }
      await Promise.all(Object.values(verifiers).map((one) => one.ready()))
      const good = await at.signIn()
      const outcome = async (one: Verifier, token = good.access_token) => (await one.verify({ token })).outcome
      assert.deepEqual(await Promise.all([outcome(introspect), outcome(refuse)]), ['accepted', 'accepted'])

      // Sign-outs all the time, until the server is gone; each that was answered must stay so.
      const people = await Promise.all(Array.from({ length: 6 }, () => at.signIn()))
      const ended: string[] = []
      for (const { access_token: token } of await Promise.all([at.signIn(), at.signIn(), at.signIn()])) {
        const { status, body } = await at.post('/session/sign-out', {}, { token })
        assert.deepEqual([status, body.confirmed], [200, true])
        ended.push(token)
      }
      const going = people.map(async ({ access_token: token }, index) => {
        await new Promise((resolve) => setTimeout(resolve, index * 15))
        const { status, body } = await at.post('/session/sign-out', {}, { token })
        if (status === 200 && body.confirmed === true) ended.push(token)
        else assert.ok([202, 502, 503].includes(status), `${status} ${JSON.stringify(body)}`)
      })
      await database.stop(how)
      const stopped = performance.now()

      // Within the lease they accept, and say what is wrong.
      await until('the verifiers know', () => Object.values(verifiers).every((one) => one.state().problem !== undefined))
      const standing = refuse.state()
      assert.match(standing.problem ?? '', /the issuer at .* answered 50[23]|no answer within/)
      if (standing.ready) assert.equal(await outcome(refuse), 'accepted')
      await until('a lease is over', () => !refuse.state().ready && !introspect.state().ready)
      assert.ok(performance.now() - stopped < 2_000 + 1_000)
      await until('it says that the database is away', () => /issuer's database does not answer/.test(refuse.state().problem ?? ''))
      assert.deepEqual(await Promise.all([outcome(refuse), outcome(introspect)]), ['unavailable', 'unavailable'])
      assert.match(JSON.stringify(await refuse.verify({ token: good.access_token })), /database does not answer/)
      assert.equal(accept.state().ready, false)
      for (const { url } of at.nodes) {
        assert.equal((await at.get('/healthz', url)).status, 200)
        const { status, problem } = await readyz(url)
        assert.equal(status, 503)
        assert.match(problem, /^The database (does not answer: |has not answered for 1\.5 s)/)
      }
      await Promise.all(going)

      await database.start()
      const since = performance.now()
      const passed = () => Math.round(performance.now() - since)
      const figures: Record<string, number> = {}
      await Promise.all([
        until('nodes are ready', areReady).then(() => (figures.nodesReady = passed())),
        until('verifiers have leases', () => Object.values(verifiers).every((one) => one.state().ready)).then(
          () => (figures.leases = passed()),
        ),
        until(
          'a refresh works',
          async () => (await at.post('/session/refresh', { refresh_token: good.refresh_token })).status === 200,
        ).then(() => (figures.refresh = passed())),
      ])
      const again = await at.signIn()
      assert.deepEqual(await Promise.all([outcome(introspect, again.access_token), outcome(refuse, again.access_token)]), [
        'accepted',
        'accepted',
      ])
      const { status, body } = await at.post('/session/sign-out', {}, { token: again.access_token })
      assert.deepEqual([status, body.confirmed], [200, true])
      figures.confirmed = passed()
      t.diagnostic(`milliseconds after PostgreSQL was back: ${JSON.stringify(figures)}`)
      assert.ok(figures.confirmed < 5_000, JSON.stringify(figures))
      for (const token of ended)
        assert.deepEqual(await Promise.all([outcome(introspect, token), outcome(refuse, token)]), ['refused', 'refused'])
      assert.equal(refuse.state().problem, undefined)
    })
  }

  test('what no waiting mends ends the start, with a sentence', async () => {
    const tried = async (times: number): Promise<unknown[]> => {
      const wrong = await openNodes({ database: `${database.url}-which-is-not-there` })
      const { code, stderr } = await (await wrong.start()).ended
      await wrong.close()
      // A free port may be taken before the node has it.
      return times > 1 && /^Port \d+ is taken/.test(stderr) ? tried(times - 1) : [code, stderr]
    }
    assert.deepEqual(await tried(3), [1, 'PostgreSQL has no database of that name. Create it, or name another one.\n'])
  })

  test('R1: told to stop while it is away, with nobody connected any more who would keep the process alive, a node comes to its end', async () => {
    const node = await at.start()
    await node.until('"event":"started"')
    await database.stop('immediate')
    const gone = new AbortController()
    const body = JSON.stringify({ identifier: 'ada', password, mode: 'token' })
    const headers = { 'content-type': 'application/json' }
    const asking = fetch(`${node.url}/session/sign-in`, { method: 'POST', headers, body, signal: gone.signal })
    for (let more = 0; more < 3; more++) assert.equal((await at.get('/healthz', node.url)).status, 200) // what came before is under way
    gone.abort()
    await assert.rejects(asking)
    const { code, stdout } = await node.stop()
    assert.equal(code, 0)
    assert.match(stdout, /"event":"stopped"/)
    await database.start()
  })
})
