import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { MAX_BODY } from '../../src/http/body.ts'
import { routes } from '../../src/routes.ts'
import { browser, device, newName, opsSecret, signedUp } from './calling.ts'
import { open, password } from './running.ts'

const serviceKey = 'k'.repeat(43)
const running = await open({
  accounts: { signUp: true, mailLink: true },
  mail: { from: 'login@issuer.test', transport: async () => undefined },
  serve: { health: true },
  services: [{ id: 'orders', key: `cfk_orders_${serviceKey}` }],
})
const { issuer } = running
after(() => running.close())

const one = await signedUp(running)
const phone = await device(running, one.name)
const cookie = `curfew=${one.jar.get('curfew')}`

/** Headers by their short names, so that a row of the table is one line. */
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const json = { 'content-type': 'application/json' }
const own = { ...json, cookie, 'curfew-request': '1', 'sec-fetch-site': 'same-origin' }
const user = { ...json, authorization: `Bearer ${phone.answer.body.access_token}` }
const basic = (id: string, secret: string) => ({ ...form, authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` })
const ops = basic('ops', opsSecret)
const orders = { ...basic('orders', serviceKey), ...json }
const operator = { ...json, authorization: `Bearer ${await clientToken()}` }
const redirect = encodeURIComponent('http://127.0.0.1/back')
const asked = `client_id=spa&redirect_uri=${redirect}`

async function clientToken(): Promise<string> {
  const body = 'grant_type=client_credentials&scope=curfew:end'
  const answer = await fetch(`${issuer}/token`, { method: 'POST', headers: ops, body })
  return ((await answer.json()) as { access_token: string }).access_token
}

type Row = [
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string | undefined,
  status: number,
  error: string,
  said: RegExp,
]

/** Every endpoint, what is wrong, and what is answered. */
// biome-ignore format: one row a line
const table: Row[] = [
  // POST /sign-up, POST /session/sign-in
  ['POST', '/sign-up', own, '{', 400, 'invalid_request', /not JSON/],
  ['POST', '/sign-up', own, '{}', 400, 'invalid_request', /identifier is missing/],
  ['POST', '/sign-up', own, '{"identifier":"x"}', 400, 'invalid_request', /password is missing/],
  ['POST', '/sign-up', own, '{"identifier":"x","password":"short"}', 400, 'weak_password', /15/],
  ['POST', '/sign-up', own, `{"identifier":"a\\u0000b","password":"${password}"}`, 400, 'invalid_request', /control characters/],
  ['POST', '/sign-up', own, `{"identifier":"${'x'.repeat(255)}","password":"${password}"}`, 400, 'invalid_request', /254/],
  ['POST', '/sign-up', own, `{"identifier":"${one.name}","password":"${password}"}`, 409, 'identifier_taken', /taken/],
  ['POST', '/sign-up', own, `{"identifier":"nil","name":"a\\u0000b","password":"${password}"}`, 400, 'invalid_request', /control characters/],
  ['POST', '/sign-up', own, `{"identifier":"x","password":"${'x'.repeat(10_000)}"}`, 400, 'invalid_request', /longer than 4096/],
  ['POST', '/sign-up', { ...own, 'curfew-request': '' }, `{"identifier":"x","password":"${password}"}`, 403, 'csrf', /Curfew-Request: 1, .*Origin: http/],
  ['POST', '/session/sign-in', own, '{"identifier":1,"password":"x"}', 400, 'invalid_request', /identifier must be a string/],
  ['POST', '/session/sign-in', own, '{"identifier":"a","identifier":"b"}', 400, 'invalid_request', /came twice/],
  ['POST', '/session/sign-in', own, '{"identifier":"a","password":"b","mode":"both"}', 400, 'invalid_request', /mode must be/],
  ['POST', '/session/sign-in', own, '["a"]', 400, 'invalid_request', /JSON object/],
  ['POST', '/session/sign-in', own, '{"identifier":"a","password":"b"}', 401, 'invalid_credentials', /name or the password/],
  ['POST', '/session/sign-in', { ...own, ...form }, 'identifier=a&password=b', 415, 'unsupported_media_type', /^Send the body as application\/json; it came as application\/x-www-form-urlencoded\.$/],
  ['POST', '/session/sign-in', { ...own, 'content-type': '<b>/x' }, '{}', 415, 'unsupported_media_type', /^Send the body as application\/json; it came as something else\.$/],
  ['POST', '/session/sign-in', { ...own, 'content-encoding': 'gzip' }, '{}', 415, 'unsupported_media_type', /^Send the body as it is, without Content-Encoding\.$/],
  ['POST', '/session/sign-in', { ...json, 'curfew-request': '1' }, '{"identifier":"a","password":"b"}', 403, 'csrf', /Origin/],
  // The rest of the session API
  ['GET', '/session', { authorization: 'Bearer x' }, undefined, 401, 'invalid_token', /not good/],
  ['POST', '/session/refresh', json, '{"refresh_token":1}', 400, 'invalid_request', /refresh_token must be a string/],
  ['POST', '/session/refresh', json, '{"refresh_token":"x"}', 401, 'session_ended', /over/],
  ['POST', '/session/refresh', json, undefined, 401, 'invalid_token', /no refresh_token in the JSON body/],
  ['POST', '/session/refresh', { ...own, cookie: `curfew=${'x'.repeat(43)}` }, undefined, 401, 'session_ended', /over/],
  ['POST', '/session/refresh', { cookie }, undefined, 403, 'csrf', /Curfew-Request/],
  ['POST', '/session/sign-out', { authorization: 'Bearer x' }, undefined, 401, 'invalid_token', /not good/],
  ['POST', '/session/sign-out', json, '{"refresh_token":"x"}', 401, 'invalid_token', /not good/],
  ['POST', '/session/sign-out', { cookie }, undefined, 403, 'csrf', /Curfew-Request/],
  ['GET', '/sessions', {}, undefined, 401, 'invalid_token', /Nobody is signed in/],
  ['DELETE', '/sessions', {}, undefined, 401, 'invalid_token', /Nobody is signed in/],
  ['DELETE', '/sessions?except=me', own, undefined, 400, 'invalid_request', /except must be "current"/],
  ['DELETE', '/sessions/x', own, undefined, 404, 'not_found', /no device/],
  ['DELETE', `/sessions/${'x'.repeat(22)}`, user, undefined, 404, 'not_found', /no device/],
  ['POST', '/password', user, '{}', 400, 'invalid_request', /current_password is missing/],
  ['POST', '/password', user, '{"current_password":"x"}', 400, 'invalid_request', /new_password is missing/],
  ['POST', '/password', user, '{"current_password":"x","new_password":"y"}', 401, 'invalid_credentials', /present password/],
  ['POST', '/password', user, `{"current_password":"${password}","new_password":"y"}`, 400, 'weak_password', /15/],
  ['POST', '/password', json, '{"current_password":"x","new_password":"y"}', 401, 'invalid_token', /Nobody/],
  ['POST', '/session/refresh', json, '{"refreshToken":"x"}', 401, 'invalid_token', /no refresh_token in the JSON body/],
  ['POST', '/session/refresh', { authorization: 'Bearer x' }, undefined, 401, 'invalid_token', /no refresh_token in the JSON body/],
  // Programs that found the address of a page
  ['POST', '/sign-in', json, '{"identifier":"a"}', 415, 'unsupported_media_type', /POST \/session\/sign-in\./],
  ['POST', '/account/sign-in', json, '{}', 415, 'unsupported_media_type', /POST \/session\/sign-in\./],
  ['POST', '/new-account', json, '{}', 415, 'unsupported_media_type', /POST \/sign-up\./],
  ['POST', '/account/sign-up', json, '{}', 415, 'unsupported_media_type', /POST \/sign-up\./],
  ['POST', '/consent', json, '{}', 415, 'unsupported_media_type', /x-www-form-urlencoded/],
  // POST /token
  ['POST', '/token', form, 'grant_type=refresh_token&refresh_token=x', 401, 'invalid_client', /POST \/session\/refresh/],
  ['POST', '/token', form, '', 401, 'invalid_client', /which client/],
  ['POST', '/token', form, 'client_id=nobody&grant_type=refresh_token&refresh_token=x', 401, 'invalid_client', /not known here/],
  ['POST', '/token', form, 'client_id=spa', 400, 'invalid_request', /grant_type is missing/],
  ['POST', '/token', form, 'client_id=spa&grant_type=', 400, 'invalid_request', /grant_type is missing/],
  ['POST', '/token', form, 'client_id=spa&grant_type=password&username=a&password=b', 400, 'unsupported_grant_type', /authorization_code/],
  ['POST', '/token', form, 'client_id=spa&grant_type=toString', 400, 'unsupported_grant_type', /authorization_code/],
  ['POST', '/token', form, 'client_id=spa&grant_type=client_credentials', 400, 'unauthorized_client', /not registered/],
  ['POST', '/token', form, 'client_id=spa&grant_type=authorization_code', 400, 'invalid_request', /code is missing/],
  ['POST', '/token', form, 'client_id=spa&grant_type=authorization_code&code=x', 400, 'invalid_request', /code_verifier is missing/],
  ['POST', '/token', form, `client_id=spa&grant_type=authorization_code&code=x&code_verifier=${'v'.repeat(43)}&redirect_uri=${redirect}`, 400, 'invalid_grant', /./],
  ['POST', '/token', form, 'client_id=spa&grant_type=refresh_token', 400, 'invalid_request', /refresh_token is missing/],
  ['POST', '/token', form, 'client_id=spa&grant_type=refresh_token&refresh_token=x', 400, 'invalid_grant', /./],
  ['POST', '/token', form, 'client_id=spa&client_id=spa', 400, 'invalid_request', /client_id came more than once/],
  ['POST', '/token', ops, 'grant_type=client_credentials&scope=nothing', 400, 'invalid_scope', /./],
  ['POST', '/token', ops, 'grant_type=client_credentials&resource=https://nobody.test', 400, 'invalid_target', /./],
  ['POST', '/token', ops, 'grant_type=authorization_code&code=x', 400, 'unauthorized_client', /not registered/],
  ['POST', '/token', ops, `client_secret=${opsSecret}`, 400, 'invalid_request', /two ways/],
  ['POST', '/token', basic('ops', 'wrong'), 'grant_type=client_credentials', 401, 'invalid_client', /not known here/],
  ['POST', '/token', form, `client_id=ops&client_secret=${opsSecret}&grant_type=client_credentials`, 401, 'invalid_client', /not known here|registered for/],
  ['POST', '/token', { ...form, authorization: 'Bearer x' }, 'client_id=spa', 401, 'invalid_client', /HTTP Basic/],
  ['POST', '/token', json, '{"grant_type":"client_credentials"}', 415, 'unsupported_media_type', /x-www-form-urlencoded/],
  // POST /revoke, POST /introspect, /userinfo
  ['POST', '/revoke', form, 'token=x', 401, 'invalid_client', /which client/],
  ['POST', '/revoke', form, 'client_id=spa', 400, 'invalid_request', /token is missing/],
  ['POST', '/introspect', form, 'token=x', 401, 'invalid_client', /which client/],
  ['POST', '/introspect', form, 'client_id=spa&token=x', 401, 'invalid_client', /services with their key/],
  ['POST', '/introspect', ops, '', 400, 'invalid_request', /token is missing/],
  ['POST', '/introspect', basic('orders', 'wrong'), 'token=x', 401, 'invalid_client', /./],
  ['GET', '/userinfo', {}, undefined, 401, 'invalid_token', /Nobody is signed in/],
  ['GET', '/userinfo?access_token=x', {}, undefined, 401, 'invalid_token', /Nobody is signed in/],
  ['GET', '/userinfo', { authorization: 'Bearer x' }, undefined, 401, 'invalid_token', /not good/],
  ['POST', '/userinfo', { ...form, authorization: 'Bearer x' }, 'access_token=y', 400, 'invalid_request', /two ways/],
  // The ledger
  ['POST', '/ledger/follow', json, '{}', 401, 'invalid_client', /curfew services add/],
  ['POST', '/ledger/follow', { ...json, authorization: basic('orders', 'x').authorization }, '{}', 401, 'invalid_client', /curfew services add/],
  ['POST', '/ledger/follow', orders, '{', 400, 'invalid_request', /not JSON/],
  ['POST', '/ledger/follow', orders, '{}', 400, 'invalid_request', /version/],
  ['POST', '/ledger/follow', orders, '{"version":2,"id":"vvvvvvvvvvvvvvvvvvvvvv","after":0,"hold":0,"on_lease_lost":"introspect"}', 400, 'invalid_request', /version/],
  ['POST', '/ledger/follow', orders, '{"version":1,"id":"vvvvvvvvvvvvvvvvvvvvvv","after":-1,"hold":0,"on_lease_lost":"introspect"}', 400, 'invalid_request', /after/],
  ['POST', '/ledger/follow', orders, '{"version":1,"id":"vvvvvvvvvvvvvvvvvvvvvv","after":99,"hold":0,"on_lease_lost":"introspect"}', 409, 'ledger_behind', /^/],
  ['POST', '/ledger/follow', orders, '{"version":1,"id":"vvvvvvvvvvvvvvvvvvvvvv","after":0,"hold":0,"on_lease_lost":"accept"}', 403, 'forbidden', /./],
  ['POST', '/ledger/follow', orders, `{"version":1,"id":"${'x'.repeat(5000)}"}`, 413, 'content_too_large', /4096/],
  ['POST', '/ledger/release', json, '{}', 401, 'invalid_client', /curfew services add/],
  ['POST', '/ledger/release', orders, '{"version":1}', 400, 'invalid_request', /id/],
  ['GET', '/receipts/x', {}, undefined, 404, 'not_found', /no such receipt/],
  ['GET', `/receipts/${'x'.repeat(22)}`, {}, undefined, 404, 'not_found', /no such receipt/],
  // Operators
  ['POST', '/admin/end', json, '{"everything":true}', 401, 'invalid_token', /Nobody/],
  ['POST', '/admin/end', user, '{"everything":true}', 401, 'invalid_token', /not good/],
  ['POST', '/admin/end', operator, '{}', 400, 'invalid_request', /exactly one of/],
  ['POST', '/admin/end', operator, '{"user":"a","client":"b"}', 400, 'invalid_request', /exactly one of/],
  ['POST', '/admin/end', operator, '{"user":{"sub":"a"}}', 400, 'invalid_request', /user must be a string/],
  ['POST', '/admin/end', operator, '{"everything":1}', 400, 'invalid_request', /everything must be true/],
  ['POST', '/admin/end', operator, '{"token":"x"}', 400, 'invalid_request', /no token of this issuer/],
  ['POST', '/admin/stale', operator, '{"session":"x"}', 400, 'invalid_request', /exactly one of user, client, everything/],
]

for (const [method, path, headers, body, status, error, said] of table) {
  test(`${method} ${path.slice(0, 40)} ${(body ?? '').slice(0, 60)} → ${status} ${error}`, async () => {
    const answer = await fetch(issuer + path, { method, headers, ...(body !== undefined && { body }) })
    const told = (await answer.json()) as Record<string, string>
    assert.deepEqual([answer.status, told.error], [status, error], JSON.stringify(told))
    assert.match(told.error_description ?? '', said)
    assert.match(told.request_id ?? '', /^[\w-]{12}$/)
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    if (status === 401) assert.match(answer.headers.get('www-authenticate') ?? '', error === 'invalid_client' ? /^Basic/ : /^Bearer/)
  })
}

/** What a person sees: a page with the code in it, or the way back to the client with its error. */
// biome-ignore format: one row a line
const pages: [method: string, path: string, body: string | undefined, status: number, error: string][] = [
  ['GET', '/authorize', undefined, 400, 'client_id is missing'],
  ['GET', '/authorize?client_id=nobody', undefined, 400, 'No client has this client_id'],
  ['GET', '/authorize?client_id=spa&client_id=spa', undefined, 400, 'client_id is missing, or came twice'],
  ['GET', '/authorize?client_id=spa&redirect_uri=http://evil.test', undefined, 400, 'character by character'],
  ['GET', '/sign-in?interaction=x', undefined, 403, 'csrf'],
  ['POST', '/sign-in', 'identifier=a&password=b', 400, 'interaction is missing'],
  ['POST', '/sign-in', 'interaction=x&identifier=a&password=b', 403, 'csrf'],
  ['POST', '/new-account', 'interaction=x&identifier=a&password=b', 403, 'csrf'],
  ['POST', '/consent', 'interaction=x&answer=allow', 403, 'csrf'],
  ['POST', '/end-session', 'csrf=x', 403, 'csrf'],
  ['POST', '/end-session', 'state=a&state=b', 400, 'came more than once'],
  ['GET', '/end-session?state=a&state=b', undefined, 400, 'came more than once'],
]
for (const [method, path, body, status, error] of pages) {
  test(`page: ${method} ${path} ${body ?? ''} → ${status} ${error}`, async () => {
    const answer = await fetch(issuer + path, { method, headers: form, redirect: 'manual', ...(body !== undefined && { body }) })
    assert.equal(answer.status, status)
    assert.match(answer.headers.get('content-type') ?? '', /^text\/html/)
    assert.match(answer.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/) // AZ-9
    assert.ok((await answer.text()).includes(error))
  })
}

// biome-ignore format: one row a line
const sentBack: [query: string, error: string][] = [
  [asked, 'invalid_request'],
  [`${asked}&response_type=token`, 'unsupported_response_type'],
  [`${asked}&response_type=code`, 'invalid_request'],
  [`${asked}&response_type=code&code_challenge=${'c'.repeat(43)}`, 'invalid_request'],
  [`${asked}&response_type=code&state=1&state=2`, 'invalid_request'],
  [`${asked}&response_type=code&code_challenge=${'c'.repeat(43)}&code_challenge_method=plain`, 'invalid_request'],
]
for (const [query, error] of sentBack) {
  test(`GET /authorize?${query.slice(asked.length)} goes back to the client with ${error}`, async () => {
    const answer = await fetch(`${issuer}/authorize?${query}`, { redirect: 'manual' })
    assert.equal(answer.status, 303)
    const back = new URL(answer.headers.get('location') ?? '')
    assert.equal(back.origin + back.pathname, 'http://127.0.0.1/back')
    assert.equal(back.searchParams.get('error'), error)
    assert.equal(back.searchParams.get('iss'), issuer) // AZ-8
  })
}

/** Every route that there is: none is forgotten, since they come from the table of routes itself. */
const every = routes({ signUp: true, ownAccounts: true, mail: true, mailLink: true, serve: true })
const paths = [...new Set(every.map(({ path }) => path))]

for (const path of paths) {
  const methods = every.filter((route) => route.path === path).map(({ method }) => method)
  const at = issuer + path.replace(/\{\w+\}/g, 'x')

  test(`${path}: a method that it does not take is 405 with Allow`, async () => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter((one) => !methods.includes(one as 'GET'))) {
      const answer = await fetch(at, { method })
      assert.equal(answer.status, 405, method)
      for (const taken of methods) assert.ok(answer.headers.get('allow')?.includes(taken))
    }
  })

  if (methods.includes('POST')) {
    test(`${path}, TK-1: a body that is too long is 413, one of another type, compressed, or broken is refused`, async () => {
      const send = async (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>) => {
        const answer = await fetch(at, {
          method: 'POST',
          headers: { ...headers, cookie, 'curfew-request': '1', 'sec-fetch-site': 'same-origin' },
          body,
          redirect: 'manual',
        })
        await answer.arrayBuffer()
        return answer.status
      }
      assert.equal(await send('x'.repeat(MAX_BODY + 1), form), 413)
      for (const type of ['text/plain', 'multipart/form-data; boundary=b', 'application/xml']) {
        assert.ok([401, 415].includes(await send('a=1', { 'content-type': type })), type)
      }
      for (const type of [form, json]) {
        const zipped = await send('a=1', { ...type, 'content-encoding': 'gzip' })
        assert.ok([401, 415].includes(zipped), String(zipped))
        const broken = await send(Uint8Array.of(0xff, 0xfe, 0x22, 0x80), type)
        assert.ok([400, 401, 403, 415].includes(broken), String(broken))
      }
    })
  }
}

test('none of all that was a surprise: nothing failed, and whoever was signed in still is', async () => {
  assert.deepEqual(
    running.lines.filter(({ status }) => Number(status) >= 500),
    [],
  )
  assert.equal((await one.call('GET', '/session')).body.user.name, one.name)
  assert.equal((await phone.call('GET', '/session')).status, 200)
})

test('routes that are not wanted are not there', async () => {
  const small = await open({ accounts: { authenticate: async () => undefined, find: async () => undefined } })
  after(() => small.close())
  for (const path of ['/sign-up', '/new-account', '/password', '/healthz', '/readyz']) {
    assert.equal((await fetch(small.issuer + path, { method: 'POST' })).status, 404, path)
  }
  const page = browser(small.issuer)
  assert.equal((await page.call('POST', '/session/sign-in', { identifier: newName(), password })).status, 401)
})
