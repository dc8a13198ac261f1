import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { ProtectOptions } from '@curfew/verifier/express'
import { makeTestClock, makeTestIssuer, type TestClock, type TestIssuer } from '@curfew/verifier/testing'

/** What each framework's program for the suite does with a route. */
export type Routes = {
  /** Protected with these options; answers `{ sub, valid }` from the claims and the verdict. */
  protectedPaths: Record<string, ProtectOptions>
  /** Protected; answers a body that begins with `open` and ends when the verdict's signal aborts. */
  streamPath: string
  /** The options for it. */
  stream: ProtectOptions
  /** Options of a `protect` whose `metadata` answers for the whole program. */
  metadata: ProtectOptions
}

/** A program in one framework, listening. */
export type Running = { url: string; close(): Promise<void> }

/** What every adapter must do, over real HTTP. */
export function adapterSuite(name: string, start: (routes: Routes) => Promise<Running>): void {
  describe(name, () => {
    let clock: TestClock
    let issuer: TestIssuer
    let running: Running
    const call = (path: string, authorization?: string) =>
      fetch(`${running.url}${path}`, { headers: authorization === undefined ? {} : { authorization } })

    before(async () => {
      clock = makeTestClock()
      issuer = makeTestIssuer({ world: clock })
      const verifier = issuer.verifier({ resourceMetadata: 'https://api.example/.well-known/oauth-protected-resource', logger: quiet })
      await clock.advance(0)
      running = await start({
        protectedPaths: {
          '/any': { verifier },
          '/scoped': { verifier, scope: 'orders:read orders:write' },
          '/admin': { verifier, roles: ['admin', 'owner'] },
          '/user': { verifier, user: true },
          '/fresh': { verifier, maxAge: 60 },
          '/behind': { verifier, proxies: ['127.0.0.1', '::1'] },
        },
        streamPath: '/stream',
        stream: { verifier },
        metadata: {
          verifier,
          issuer: issuer.issuer,
          audience: 'https://api.example/v1',
          resourceMetadata: true,
          about: { scopes: ['orders:read'], name: 'Orders' },
        },
      })
    })
    after(() => running.close())

    test('a good token is let in, with its claims and its verdict', async () => {
      const answer = await call('/any', issuer.bearer({ sub: 'ada' }))
      assert.equal(answer.status, 200)
      assert.deepEqual(await answer.json(), { sub: 'ada', valid: true })
      assert.equal((await call('/any', issuer.bearer().replace('Bearer', 'bearer'))).status, 200, 'RFC 9110 §11.1')
    })

    test('question S2: a token that is bound to a network is good from there; the header of a proxy counts where it is named, and nowhere else', async () => {
      const from = (path: string, address: string, forwarded?: string) =>
        fetch(`${running.url}${path}`, {
          headers: { authorization: issuer.bearer({ cnf: { address } }), ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }) },
        }).then(({ status }) => status)
      assert.equal(await from('/any', '127.0.0.1'), 200)
      assert.equal(await from('/any', '203.0.113.0/24'), 401)
      assert.equal(await from('/any', '203.0.113.0/24', '203.0.113.7'), 401, 'any caller can write it')
      assert.equal(await from('/behind', '203.0.113.0/24', '203.0.113.7'), 200)
      assert.equal(await from('/behind', '203.0.113.0/24', '203.0.113.7, 198.51.100.7'), 401)
    })

    test('RFC 9728: what the service tells about itself, at its well-known address and nowhere else', async () => {
      const answer = await fetch(`${running.url}/.well-known/oauth-protected-resource/v1`)
      assert.equal(answer.status, 200)
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
      assert.deepEqual(await answer.json(), {
        resource: 'https://api.example/v1',
        authorization_servers: [issuer.issuer],
        bearer_methods_supported: ['header'],
        scopes_supported: ['orders:read'],
        resource_name: 'Orders',
      })
      assert.notEqual((await fetch(`${running.url}/.well-known/oauth-protected-resource`)).status, 200)
      assert.notEqual((await fetch(`${running.url}/.well-known/oauth-protected-resource/v1`, { method: 'POST' })).status, 200)
    })

    test('no token: 401, a challenge without an error, and where the metadata is (RFC 6750 §3.1, RFC 9728 §5.1)', async () => {
      for (const authorization of [undefined, 'Basic eDp5', 'Bearer']) {
        const answer = await call('/any', authorization)
        assert.equal(answer.status, 401)
        const challenge = answer.headers.get('www-authenticate')!
        assert.equal(
          challenge,
          'Bearer realm="https://api.example", resource_metadata="https://api.example/.well-known/oauth-protected-resource"',
        )
      }
    })

    test('JV-25: whatever is wrong with a token, the caller is told the same', async () => {
      const answers = new Set<string>()
      const dead = issuer.bearer({ sid: 'dead' })
      const ended = issuer.end({ sid: 'dead' })
      await clock.advance(0)
      await ended
      const now = Math.floor(clock.wall() / 1000)
      const bad = [
        'Bearer x',
        `${issuer.bearer().slice(0, -6)}AAAAAA`,
        dead,
        issuer.bearer({ exp: now - 10 }),
        issuer.bearer({ aud: 'https://other.example' }),
        issuer.bearer({ iss: 'https://other.example' }),
        `Bearer ${issuer.token({}, 'JWT')}`,
        makeTestIssuer({ world: clock }).bearer(),
        `Bearer ${'A'.repeat(12_000)}`,
      ]
      for (const authorization of bad) {
        const answer = await call('/any', authorization)
        const body = await answer.text()
        answers.add(JSON.stringify([answer.status, answer.headers.get('www-authenticate'), body]))
        assert.ok(!/ended|expired_|signature|audience|stack|\.ts:|\.js:/.test(body), body)
      }
      assert.equal(answers.size, 1)
      const [status, challenge] = JSON.parse([...answers][0]!) as [number, string]
      assert.equal(status, 401)
      assert.match(challenge, /error="invalid_token", error_description="[^"]+"/)
    })

    test('JV-21: scopes are all needed, and compared whole; roles, one of them; 403 says the scope (RFC 6750 §3.1)', async () => {
      for (const [scope, status] of [
        ['orders:read orders:write', 200],
        ['other orders:write orders:read', 200],
        ['orders:read', 403],
        ['orders:read orders:writer', 403],
        ['orders:read,orders:write', 403],
        ['ORDERS:READ ORDERS:WRITE', 403],
        ['', 403],
        [undefined, 403],
      ] as const) {
        const answer = await call('/scoped', issuer.bearer({ scope } as { scope: string }))
        assert.equal(answer.status, status, String(scope))
        if (status === 403)
          assert.match(answer.headers.get('www-authenticate')!, /error="insufficient_scope".*scope="orders:read orders:write"/)
      }
      for (const [roles, status] of [
        [['owner'], 200],
        [['admin', 'x'], 200],
        [['Admin'], 403],
        [[], 403],
        [undefined, 403],
      ] as const) {
        assert.equal((await call('/admin', issuer.bearer({ roles: roles as unknown as string[] }))).status, status, String(roles))
      }
    })

    test('JV-19: where a user is needed, a client’s own token is not enough', async () => {
      assert.equal((await call('/user', issuer.bearer())).status, 200)
      assert.equal((await call('/user', issuer.bearer({ usr: undefined as never, sub: 'test' }))).status, 403)
    })

    test('maxAge: an old sign-in is asked for anew (RFC 9470 §3)', async () => {
      const now = Math.floor(clock.wall() / 1000)
      assert.equal((await call('/fresh', issuer.bearer({ auth_time: now - 59 }))).status, 200)
      for (const claims of [{ auth_time: now - 62 }, {}]) {
        const answer = await call('/fresh', issuer.bearer(claims))
        assert.equal(answer.status, 401)
        assert.match(answer.headers.get('www-authenticate')!, /error="insufficient_user_authentication".*max_age="60"/)
      }
    })

    test('a stream ends when its session does', async () => {
      const answer = await call('/stream', issuer.bearer({ sid: 'streaming' }))
      const reader = answer.body!.getReader()
      assert.equal(Buffer.from((await reader.read()).value!).toString(), 'open')
      const ended = issuer.end({ sid: 'streaming' })
      await clock.advance(0)
      await ended
      for (;;) if ((await reader.read()).done) break
      assert.equal((await call('/stream', issuer.bearer({ sid: 'streaming' }))).status, 401)
    })

    test('JV-22: without a lease the issuer is asked; when it cannot be, 503 and when to try again; then all is as before', async () => {
      const authorization = issuer.bearer({ exp: Math.floor(clock.wall() / 1000) + 3000 })
      assert.equal((await call('/any', authorization)).status, 200)
      issuer.unplug()
      await clock.advance(6000)
      const answer = await call('/any', authorization)
      assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '1'])
      assert.equal((await call('/any', 'Bearer x')).status, 401, 'a bad token is bad, lease or not')
      issuer.plugIn()
      assert.equal((await call('/any', authorization)).status, 200, 'asked: the lease is still gone')
      await clock.advance(300)
      assert.equal((await call('/any', authorization)).status, 200)
    })
  })
}

const quiet = { info() {}, warn() {}, error() {} }
