import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { payload } from '../jwt.ts'
import { clients, codeFor, openIssuer, post, redeem, services, signUp } from './clients.ts'
import { open, type Running } from './running.ts'

let running: Running
before(async () => {
  running = await openIssuer()
  await signUp(running, 'ada')
})
after(() => running.close())

const read = async (url: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(url, { headers })
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> }
}

test('MD-1: one issuer, byte for byte, in both documents, tokens and the iss parameter', async () => {
  const openid = await read(`${running.issuer}/.well-known/openid-configuration`)
  const oauth = await read(`${running.issuer}/.well-known/oauth-authorization-server`)
  assert.deepEqual(openid.body, oauth.body)
  const got = await codeFor(running, 'ada')
  const { body } = await redeem(running, got)
  for (const said of [openid.body.issuer, got.left.searchParams.get('iss'), payload(body.id_token).iss, payload(body.access_token).iss]) {
    assert.equal(said, running.issuer)
  }
})

test('MD-1: an issuer with a path answers at the inserted and the appended address', async () => {
  const at = await open({ issuer: 'http://127.0.0.1:1/login', basePath: '/login', clients, services })
  try {
    for (const path of [
      '/.well-known/openid-configuration/login',
      '/login/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server/login',
    ]) {
      const { status, body } = await read(at.issuer + path)
      assert.equal(status, 200, path)
      assert.equal(body.issuer, 'http://127.0.0.1:1/login')
      assert.equal(body.token_endpoint, 'http://127.0.0.1:1/login/token')
    }
  } finally {
    await at.close()
  }
})

test('MD-2: JSON, cacheable, readable from every origin', async () => {
  for (const path of ['/.well-known/openid-configuration', '/jwks']) {
    const { status, headers } = await read(running.issuer + path, { origin: 'https://any.test' })
    assert.equal(status, 200)
    assert.equal(headers.get('content-type'), 'application/json')
    assert.match(headers.get('cache-control') ?? '', /max-age=/)
    assert.equal(headers.get('access-control-allow-origin'), '*')
  }
})

describe('MD-3, MD-4: it lists what works, and nothing else', () => {
  test('every endpoint is there', async () => {
    const { body } = await read(`${running.issuer}/.well-known/openid-configuration`)
    const endpoints = Object.entries(body).filter(([name]) => name.endsWith('_endpoint') || name === 'jwks_uri')
    assert.equal(endpoints.length, 9)
    for (const [name, url] of endpoints) {
      const [get, posted] = await Promise.all([
        fetch(String(url), { redirect: 'manual' }),
        fetch(String(url), { method: 'POST', redirect: 'manual' }),
      ])
      assert.ok(get.status !== 404 && posted.status !== 404, `${name}: ${get.status} ${posted.status}`)
    }
  })

  test('grants, methods of authentication, challenge methods: the listed ones work, others are refused', async () => {
    const { body } = await read(`${running.issuer}/.well-known/openid-configuration`)
    assert.deepEqual(body.grant_types_supported, ['authorization_code', 'refresh_token', 'client_credentials'])
    assert.deepEqual(body.code_challenge_methods_supported, ['S256'])
    assert.deepEqual(body.response_types_supported, ['code'])
    assert.deepEqual(body.response_modes_supported, ['query'])
    assert.equal(body.authorization_response_iss_parameter_supported, true)
    const assertion = { client_assertion: 'x.y.z', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' }
    const refused = await post(`${running.issuer}/token`, { grant_type: 'client_credentials', client_id: 'worker', ...assertion })
    assert.equal(refused.body.error, 'invalid_client')
    for (const absent of [
      'registration_endpoint',
      'device_authorization_endpoint',
      'pushed_authorization_request_endpoint',
      'check_session_iframe',
    ]) {
      assert.equal(absent in body, false)
    }
  })
})

test('MD-5: Host and X-Forwarded-* change nothing', async () => {
  const { body } = await read(`${running.issuer}/.well-known/openid-configuration`, {
    'x-forwarded-host': 'evil.test',
    'x-forwarded-proto': 'https',
    forwarded: 'host=evil.test',
  })
  assert.ok(!JSON.stringify(body).includes('evil.test'))
})

test('JK-1: public members only, one algorithm a key, every kid once', async () => {
  const { body } = await read(`${running.issuer}/jwks`)
  const keys = body.keys as Record<string, unknown>[]
  assert.ok(keys.length >= 1)
  assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length)
  for (const key of keys) {
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'priv']) assert.equal(secret in key, false)
    assert.ok(key.alg && key.use === 'sig')
  }
})
