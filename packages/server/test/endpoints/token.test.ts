import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { checkJws, importJwk } from '@curfew/verifier/jws'
import { askServer } from '../../src/control/ask-server.ts'
import { controlPath } from '../../src/control/control-path.ts'
import { createCurfew } from '../../src/index.ts'
import { header, payload } from '../jwt.ts'
import { authorizeUrl, codeFor, openIssuer, pkce, post, redeem, secret, seenBy, signUp, tokensFor, web } from './clients.ts'
import { formBrowser } from './form-browser.ts'
import { audience, type Running } from './running.ts'

let running: Running
before(async () => {
  running = await openIssuer()
  await signUp(running, 'ada')
})
after(() => running.close())

const at = (path: string) => `${running.issuer}${path}`

/** A token of this issuer, checked with the keys that it publishes. */
async function checked(token: string | undefined, typ: string) {
  const { keys } = (await (await fetch(at('/jwks'))).json()) as { keys: { kid: string }[] }
  const read = checkJws(
    token ?? '',
    ({ kid }) => {
      const found = importJwk(keys.find((key) => key.kid === kid))
      return 'key' in found ? found : undefined
    },
    { typ },
  )
  assert.ok('claims' in read, JSON.stringify(read))
  return read
}

describe('POST /token', () => {
  test('TK-1: forms only, POST only, bounded, no-store', async () => {
    assert.equal((await fetch(at('/token'))).status, 405)
    const json = await fetch(at('/token'), { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"grant_type":"x"}' })
    assert.equal(json.status, 415)
    const large = await fetch(at('/token'), { method: 'POST', body: new URLSearchParams({ x: 'y'.repeat(70_000) }) })
    assert.equal(large.status, 413)
    const good = await post(at('/token'), { grant_type: 'client_credentials' }, { id: 'worker', secret })
    assert.equal(good.status, 200)
    assert.equal(good.headers.get('cache-control'), 'no-store')
  })

  test('TK-2, TK-3: one way of authentication, the registered one; Basic is form-decoded', async () => {
    const form = { grant_type: 'client_credentials' }
    const worker = { id: 'worker', secret }
    const both = await post(at('/token'), { ...form, client_id: 'worker', client_secret: secret }, worker)
    assert.deepEqual([both.status, both.body.error], [400, 'invalid_request'])
    const wrongWay = await post(at('/token'), { ...form, client_id: 'worker', client_secret: secret })
    assert.deepEqual([wrongWay.status, wrongWay.body.error], [401, 'invalid_client'])
    assert.equal((await post(at('/token'), { ...form, client_id: 'post', client_secret: secret })).status, 200)
    assert.equal((await post(at('/token'), form, { id: 'post', secret })).body.error, 'invalid_client')
    const asPublic = await post(at('/token'), { ...form, client_id: 'worker' })
    assert.equal(asPublic.body.error, 'invalid_client')
    assert.match(asPublic.headers.get('www-authenticate') ?? '', /^Basic/)
  })

  test('TK-13: an unknown client and a wrong secret read the same', async () => {
    const wrong = await post(at('/token'), { grant_type: 'client_credentials' }, { id: 'worker', secret: 'wrong' })
    const unknown = await post(at('/token'), { grant_type: 'client_credentials' }, { id: 'nobody', secret: 'wrong' })
    assert.deepEqual({ ...wrong.body, request_id: '' }, { ...unknown.body, request_id: '' })
  })

  test("TK-7, AZ-5: a grant that is not the client's, or that does not exist", async () => {
    assert.equal((await post(at('/token'), { grant_type: 'client_credentials' }, web)).body.error, 'unauthorized_client')
    assert.equal(
      (await post(at('/token'), { grant_type: 'refresh_token', refresh_token: 'x' }, { id: 'worker', secret })).body.error,
      'unauthorized_client',
    )
    for (const grant_type of ['password', 'implicit', 'toString', '__proto__', 'urn:ietf:params:oauth:grant-type:jwt-bearer']) {
      assert.equal(
        (await post(at('/token'), { grant_type, username: 'ada', password: 'x' }, web)).body.error,
        'unsupported_grant_type',
        grant_type,
      )
    }
    assert.equal((await post(at('/token'), {}, web)).body.error, 'invalid_request')
    assert.equal(
      (await post(at('/token'), { grant_type: ['client_credentials', 'client_credentials'] }, web)).body.error,
      'invalid_request',
    )
  })
})

describe('a code', () => {
  test('TK-9, SS-5, UI-2: an access token by RFC 9068, an ID token by OpenID Connect Core, and a refresh token', async () => {
    const got = await codeFor(running, 'ada', { nonce: 'n-1' })
    const { status, body, headers } = await redeem(running, got)
    assert.equal(status, 200)
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.deepEqual(Object.keys(body).sort(), ['access_token', 'expires_in', 'id_token', 'refresh_token', 'scope', 'token_type'])
    assert.equal(body.scope, 'openid profile orders:read')
    const access = await checked(body.access_token, 'at+jwt')
    const id = await checked(body.id_token, 'jwt')
    assert.equal(access.claims.iss, running.issuer)
    assert.equal(access.claims.aud, audience)
    assert.equal(access.claims.client_id, 'web')
    for (const claim of ['sub', 'usr', 'jti', 'iat', 'exp', 'sid', 'gid', 'pos', 'seq', 'auth_time', 'amr'])
      assert.ok(claim in access.claims, claim)
    assert.equal(id.claims.aud, 'web')
    assert.equal(id.claims.nonce, 'n-1')
    assert.deepEqual([id.claims.sub, id.claims.sid], [access.claims.sub, access.claims.sid])
    assert.match(String(id.claims.sid), /^[\w-]{22}$/)
    assert.notEqual(got.browser.cookies.get('curfew')?.slice(0, 22), id.claims.sid)
    assert.equal(id.claims.at_hash, createHash('sha256').update(body.access_token!).digest().subarray(0, 16).toString('base64url'))
    assert.equal(await seenBy(running, body.access_token), 'accepted')
    assert.equal(await seenBy(running, body.id_token), 'refused') // JV-17
  })

  test('RS256 where the client is registered for it; no refresh token for a client without that grant; no ID token without openid', async () => {
    const { code, verifier } = await codeFor(running, 'ada', { client_id: 'once', redirect_uri: 'https://once.test/back', scope: 'openid' })
    const { body } = await post(at('/token'), { grant_type: 'authorization_code', code, code_verifier: verifier, client_id: 'once' })
    assert.equal(header(body.id_token).alg, 'RS256')
    await checked(body.id_token, 'jwt')
    assert.equal('refresh_token' in body, false)
    const plain = await redeem(running, await codeFor(running, 'ada', { scope: 'orders:read' }))
    assert.equal('id_token' in plain.body, false)
  })

  test('AZ-14: bound to its client, its verifier, its address and a minute', async () => {
    const got = await codeFor(running, 'ada')
    const refused = async (more: Record<string, string | undefined>, basic = web): Promise<string | undefined> => {
      const { status, body } = await redeem(running, got, more, basic)
      assert.equal(status, 400)
      return body.error
    }
    assert.match(got.code, /^[\w-]{43}$/)
    assert.equal(await refused({ code_verifier: pkce().verifier }), 'invalid_grant')
    assert.equal(await refused({ code_verifier: 'short' }), 'invalid_grant')
    assert.equal(await refused({ code_verifier: undefined }), 'invalid_request')
    assert.equal(await refused({ redirect_uri: 'https://web.test/other?tab=1' }), 'invalid_grant')
    assert.equal(await refused({ code: 'x'.repeat(43) }), 'invalid_grant')
    assert.equal(await refused({ code: 'x' }), 'invalid_grant')
    assert.equal(await refused({ resource: 'https://billing.test' }), 'invalid_target') // TK-10
    const other = await post(at('/token'), {
      grant_type: 'authorization_code',
      code: got.code,
      code_verifier: got.verifier,
      client_id: 'native',
    })
    assert.equal(other.body.error, 'invalid_grant')
    // None of these used it up.
    assert.equal((await redeem(running, got, { resource: audience })).status, 200)

    const late = await codeFor(running, 'ada')
    running.advance(61_000)
    assert.equal((await redeem(running, late)).body.error, 'invalid_grant')
  })

  test('AZ-14: fifty at once: one gets tokens', async () => {
    const got = await codeFor(running, 'ada')
    const answers = await Promise.all(Array.from({ length: 50 }, () => redeem(running, got)))
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    assert.equal(answers.filter(({ body }) => body.error === 'invalid_grant').length, 49)
  })

  test('AZ-15: a second use ends what the first got, at every verifier; without the verifier it does nothing', async () => {
    const got = await codeFor(running, 'ada')
    const first = await redeem(running, got)
    assert.equal((await redeem(running, { ...got, verifier: pkce().verifier })).status, 400)
    assert.equal(await seenBy(running, first.body.access_token), 'accepted')
    assert.equal((await redeem(running, got)).body.error, 'invalid_grant')
    // The entry is on its way (S6): what confirms it for sure is a sign-out after it.
    await running.curfew.end({ session: 'A'.repeat(22) })
    assert.equal(await seenBy(running, first.body.access_token), 'refused')
    const refreshed = await post(at('/token'), { grant_type: 'refresh_token', refresh_token: first.body.refresh_token }, web)
    assert.equal(refreshed.body.error, 'invalid_grant')
    assert.ok(running.lines.some(({ event }) => event === 'code.reused'))
  })

  test('AZ-16: given before a sign-out, redeemed after it', async () => {
    for (const what of ['session', 'user', 'client', 'everything'] as const) {
      const got = await codeFor(running, 'ada')
      const { sid, sub } = payload((await redeem(running, await codeFor(running, 'ada', { prompt: 'none' }, got.browser))).body.id_token)
      const target = {
        session: { session: String(sid) },
        user: { user: String(sub) },
        client: { client: 'web' },
        everything: 'everything' as const,
      }[what]
      await running.curfew.end(target)
      assert.equal((await redeem(running, got)).body.error, 'invalid_grant', what)
      assert.equal((await redeem(running, await codeFor(running, 'ada'))).status, 200, what) // RV-7: the next one is good at once
    }
  })

  test('RFC 8707: the audience asked for, at a service that exists', async () => {
    const { body } = await redeem(running, await codeFor(running, 'ada', { resource: 'https://billing.test' }))
    assert.equal(payload(body.access_token).aud, 'https://billing.test')
    assert.equal(await seenBy(running, body.access_token), 'refused') // JV-16: another audience
  })

  test('RF-6, P3: offline access lives on after a sign-out, without a sid, and ends with "everywhere"', async () => {
    const tokens = await tokensFor(running, 'ada', { scope: 'openid offline_access' })
    assert.equal('sid' in payload(tokens.access_token), false)
    const { sid, sub } = payload(tokens.id_token)
    await running.curfew.end({ session: String(sid) })
    const refresh = (token: string | undefined) => post(at('/token'), { grant_type: 'refresh_token', refresh_token: token }, web)
    const again = await refresh(tokens.refresh_token)
    assert.equal(again.status, 200)
    await running.curfew.end({ user: String(sub) })
    assert.equal((await refresh(again.body.refresh_token)).body.error, 'invalid_grant')
  })

  test('TK-10: a refresh narrows its one token, and never widens', async () => {
    const tokens = await tokensFor(running, 'ada', { scope: 'openid orders:read' })
    const refresh = (more: Record<string, string>) =>
      post(at('/token'), { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, ...more }, web)
    assert.equal((await refresh({ scope: 'openid profile' })).body.error, 'invalid_scope')
    assert.equal((await refresh({ scope: 'a"b' })).body.error, 'invalid_scope')
    assert.equal((await refresh({ resource: 'https://billing.test' })).body.error, 'invalid_target')
    const narrow = await refresh({ scope: 'orders:read', resource: audience })
    assert.equal(narrow.body.scope, 'orders:read')
    assert.equal(payload(narrow.body.access_token).scope, 'orders:read')
    const whole = await post(at('/token'), { grant_type: 'refresh_token', refresh_token: narrow.body.refresh_token }, web)
    assert.equal(whole.body.scope, 'openid orders:read')
  })

  test("SS-6: a client's sessions are counted by it, whatever page opened them", async () => {
    const limited = await openIssuer({
      clients: [
        {
          id: 'web',
          secret,
          maxSessions: 2,
          redirectUris: ['https://web.test/back'],
          scopes: ['openid', 'profile', 'orders:read'],
          consent: 'skip',
        },
      ],
    })
    try {
      await signUp(limited, 'ada')
      const three = []
      for (let count = 0; count < 3; count += 1) three.push(await tokensFor(limited, 'ada'))
      const refreshed = await Promise.all(
        three.map(({ refresh_token }) => post(`${limited.issuer}/token`, { grant_type: 'refresh_token', refresh_token }, web)),
      )
      assert.deepEqual(
        refreshed.map(({ status }) => status),
        [400, 200, 200],
      )
    } finally {
      await limited.close()
    }
  })
})

describe('client credentials', () => {
  test("TK-8, JV-19: the client's own token: no refresh token, no user in it, a `sub` that no user has", async () => {
    const { body } = await post(at('/token'), { grant_type: 'client_credentials', scope: 'orders:read' }, { id: 'worker', secret })
    assert.deepEqual(Object.keys(body).sort(), ['access_token', 'expires_in', 'scope', 'token_type'])
    const claims = payload(body.access_token)
    assert.deepEqual([claims.sub, claims.client_id, claims.scope, claims.aud], ['worker', 'worker', 'orders:read', audience])
    for (const claim of ['usr', 'sid', 'gid', 'auth_time']) assert.equal(claim in claims, false)
    assert.equal(await seenBy(running, body.access_token), 'accepted')
    const { sub } = payload((await tokensFor(running, 'ada')).access_token)
    assert.match(String(sub), /^[\w-]{22}$/)
    const likeUser = { id: 'A'.repeat(22), secret, grants: ['client_credentials' as const] }
    const settings = { issuer: 'http://127.0.0.1:1', audience, database: ':memory:', control: false }
    assert.throws(() => createCurfew({ ...settings, clients: [likeUser] }), /look like a user/)
  })

  test('it speaks of no person, and of no audience that it may not have', async () => {
    const ask = (more: Record<string, string>, id = 'worker') =>
      post(at('/token'), { grant_type: 'client_credentials', ...more }, { id, secret })
    assert.equal((await ask({ scope: 'openid' })).body.error, 'invalid_scope')
    assert.equal((await ask({})).body.scope, 'orders:read')
    assert.equal((await ask({ resource: 'https://nowhere.test' })).body.error, 'invalid_target')
    assert.equal(payload((await ask({ resource: 'https://billing.test' })).body.access_token).aud, 'https://billing.test')
    const closed = await post(at('/token'), {
      grant_type: 'client_credentials',
      resource: 'https://billing.test',
      client_id: 'post',
      client_secret: secret,
    })
    assert.equal(closed.body.error, 'invalid_target')
  })

  test('P1: a token from before its client ended is dead, the next one is good', async () => {
    const ask = () => post(at('/token'), { grant_type: 'client_credentials' }, { id: 'worker', secret })
    const before = await ask()
    await running.curfew.end({ client: 'worker' })
    assert.equal(await seenBy(running, before.body.access_token), 'refused')
    assert.equal(await seenBy(running, (await ask()).body.access_token), 'accepted')
  })
})

describe("the application's own users", () => {
  test('P5: they are asked for once at the code, after the head was read; gone or disabled ends their sessions', async () => {
    const asked: string[] = []
    let disabled = false
    const own = await openIssuer({
      accounts: {
        authenticate: async ({ identifier, password }) => (password === 'right' ? { sub: `user:${identifier}` } : undefined),
        find: async (sub) => {
          asked.push(sub)
          return { sub, disabled, name: 'Ada', roles: ['boss'] }
        },
      },
    })
    try {
      const browser = formBrowser()
      const got = await (async () => {
        const { verifier, challenge } = pkce()
        const page = await browser.submit(await browser.go(authorizeUrl(own, challenge)), { identifier: 'ada', password: 'right' })
        return { verifier, code: page.left?.searchParams.get('code') ?? '' }
      })()
      asked.length = 0
      const { body } = await redeem(own, got)
      assert.deepEqual(asked, ['user:ada'])
      assert.deepEqual(payload(body.access_token).roles, ['boss'])
      await redeem(own, got)
      assert.deepEqual(asked, ['user:ada']) // a code that is dead never reaches the application

      const next = await codeFor(own, 'ada', { prompt: 'none' }, browser)
      disabled = true
      assert.equal((await redeem(own, next)).body.error, 'invalid_grant')
      disabled = false
      const { left } = await browser.go(authorizeUrl(own, pkce().challenge, { prompt: 'none' }))
      assert.equal(left?.searchParams.get('error'), 'login_required')
    } finally {
      await own.close()
    }
  })
})

test('TK-10, S4: a service that was removed gets no token any more, neither by a code nor by a refresh token of before', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'curfew-token-'))
  const database = join(folder, 'curfew.db')
  const own = await openIssuer({ database, control: true })
  try {
    const resource = 'https://legacy.test'
    const command = (name: string, args: object) => askServer(controlPath(database)!, name, { ...args })
    await command('services.add', { id: 'legacy', audience: resource, checks: 'none' })
    own.advance(1001) // the services are read once a second
    await signUp(own, 'ada')
    const tokens = await tokensFor(own, 'ada', { resource })
    assert.equal(payload(tokens.access_token).aud, resource)
    const open = await codeFor(own, 'ada', { resource }, tokens.browser)
    await command('services.remove', { id: 'legacy' })
    own.advance(1001)
    // No receipt names its audience any more: so what accepts its tokens by their signature alone must not get another one.
    const refreshed = await post(`${own.issuer}/token`, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }, web)
    assert.deepEqual([refreshed.status, refreshed.body.error], [400, 'invalid_grant'])
    const redeemed = await redeem(own, open)
    assert.deepEqual([redeemed.status, redeemed.body.error], [400, 'invalid_grant'])
    await command('services.add', { id: 'legacy', audience: resource, checks: 'none' })
    own.advance(1001)
    assert.equal((await post(`${own.issuer}/token`, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }, web)).status, 200)
  } finally {
    await own.close()
    await rm(folder, { recursive: true })
  }
})
