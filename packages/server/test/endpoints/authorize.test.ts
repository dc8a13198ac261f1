import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { payload } from '../jwt.ts'
import { attribute, reads, tags } from '../pages/samples.ts'
import { type Asked, authorizeUrl, clients, codeFor, openIssuer, pkce, redeem, seenBy, signIn, signUp } from './clients.ts'
import { formBrowser, linkOf } from './form-browser.ts'
import { password, type Running } from './running.ts'

let running: Running
const { challenge } = pkce()
before(async () => {
  running = await openIssuer()
  await signUp(running, 'ada')
  await signUp(running, 'bob')
})
after(() => running.close())

const ask = (more: Asked = {}) => formBrowser().go(authorizeUrl(running, challenge, more))

describe('refusals that nobody is sent anywhere with', () => {
  const wrong: [string, Asked][] = [
    ['an unknown client', { client_id: 'nobody' }],
    ['no client', { client_id: undefined }],
    ['two clients', { client_id: ['web', 'native'] }],
    ['an address of somebody else', { redirect_uri: 'https://evil.test/back' }],
    ['a query more', { redirect_uri: 'https://web.test/back?x=1' }],
    ['another case', { redirect_uri: 'https://web.test/Back' }],
    ['a slash more', { redirect_uri: 'https://web.test/back/' }],
    ['a user name', { redirect_uri: 'https://web.test@evil.test/back' }],
    ['a fragment', { redirect_uri: 'https://web.test/back#' }],
    ['an encoded dot', { redirect_uri: 'https://web.test/%2e/back' }],
    ['another port', { redirect_uri: 'https://web.test:444/back' }],
    ['a look-alike', { redirect_uri: 'https://wеb.test/back' }],
    ['two addresses', { redirect_uri: ['https://web.test/back', 'https://web.test/back'] }],
    ['none where there are several', { redirect_uri: undefined }],
    ['localhost for a loopback literal', { client_id: 'native', redirect_uri: 'http://localhost:4321/back' }],
  ]
  for (const [what, more] of wrong) {
    test(`AZ-1: ${what}`, async () => {
      const page = await ask(more)
      assert.equal(page.status, 400)
      assert.equal(page.left, undefined)
      assert.match(page.text, /This sign-in link cannot be used/)
      assert.equal(page.headers.get('location'), null)
    })
  }

  test('AZ-23: what came from outside is only text', async () => {
    const page = await ask({ client_id: '"><script>alert(1)</script>', state: '<img src=x>' })
    assert.doesNotMatch(page.text, /<script>alert|<img src=x/)
  })
})

describe('refusals that the client hears of', () => {
  const wrong: [string, Asked, string][] = [
    ['AZ-3: no challenge', { code_challenge: undefined }, 'invalid_request'],
    ['AZ-4: plain', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['AZ-4: no method, which means plain', { code_challenge_method: undefined }, 'invalid_request'],
    ['AZ-4: a challenge that is no hash', { code_challenge: 'short' }, 'invalid_request'],
    ['AZ-5: implicit', { response_type: 'token' }, 'unsupported_response_type'],
    ['AZ-5: an ID token', { response_type: 'id_token' }, 'unsupported_response_type'],
    ['AZ-5: hybrid', { response_type: 'code id_token' }, 'unsupported_response_type'],
    ['AZ-6: a parameter twice', { scope: ['openid', 'openid'] }, 'invalid_request'],
    ['AZ-6: an empty one is absent', { response_type: '' }, 'invalid_request'],
    ['AZ-7: a nonce of 10,000', { nonce: 'n'.repeat(10_000) }, 'invalid_request'],
    ['AZ-11: none and login', { prompt: 'none login' }, 'invalid_request'],
    ['AZ-11: none, and nobody is signed in', { prompt: 'none' }, 'login_required'],
    ['an unknown prompt', { prompt: 'dance' }, 'invalid_request'],
    ['AZ-18: a request object', { request: 'x.y.z' }, 'request_not_supported'],
    ['AZ-18: a request by reference', { request_uri: 'https://web.test/r' }, 'request_uri_not_supported'],
    ['a form post answer', { response_mode: 'form_post' }, 'invalid_request'],
    ['TK-10: a resource that no service has', { resource: 'https://nowhere.test' }, 'invalid_target'],
    ['TK-10: two resources', { resource: ['https://api.test', 'https://billing.test'] }, 'invalid_target'],
    ['a scope that this client may not have', { scope: 'admin' }, 'invalid_scope'],
    ['a scope that is none', { scope: 'a"b' }, 'invalid_scope'],
    ['a negative age', { max_age: '-1' }, 'invalid_request'],
    ['a hint that we did not sign', { id_token_hint: 'a.b.c' }, 'invalid_request'],
  ]
  for (const [what, more, error] of wrong) {
    test(what, async () => {
      const { left, trail } = await ask(more)
      assert.equal(left?.origin + left!.pathname, 'https://web.test/back')
      assert.equal(left?.searchParams.get('error'), error)
      assert.equal(left?.searchParams.get('state'), 's-1')
      assert.equal(left?.searchParams.get('iss'), running.issuer) // AZ-8, MD-1
      assert.equal(left?.searchParams.has('code'), false)
      assert.equal(trail.at(-1)?.status, 303) // AZ-10
    })
  }

  test('AZ-7: a state that is too long is refused, and not cut', async () => {
    const { left } = await ask({ state: 's'.repeat(10_000) })
    assert.equal(left?.searchParams.get('error'), 'invalid_request')
    assert.equal(left?.searchParams.has('state'), false)
  })

  test('AZ-7: a request is measured as it travels, in bytes: one that does not fit is refused, never a failure of ours', async () => {
    for (const length of [700, 800, 850, 900, 950]) {
      const { status, left } = await ask({ state: '"'.repeat(2048), nonce: 'n'.repeat(length), login_hint: '漢'.repeat(254) })
      if (left) assert.equal(left.searchParams.get('error'), 'invalid_request')
      else assert.equal(status, 200, `a nonce of ${length}`)
    }
  })

  test('TK-7: a client without the flow: it has no redirect URI either, so the person is told', async () => {
    assert.equal((await ask({ client_id: 'worker' })).status, 400)
  })
})

test('AZ-2: a loopback literal with any port; a private-use scheme to the letter', async () => {
  for (const redirect of ['http://127.0.0.1/back', 'http://127.0.0.1:54321/back', 'com.example.app:/back']) {
    const page = await ask({ client_id: 'native', redirect_uri: redirect })
    assert.equal(page.status, 200, redirect)
    assert.match(page.text, /Sign in to Orders Native/)
  }
  assert.equal((await ask({ client_id: 'native', redirect_uri: 'http://127.0.0.1:99999/back' })).status, 400)
  assert.equal((await ask({ client_id: 'native', redirect_uri: 'com.example.app:/back/' })).status, 400)
})

test('AZ-6, AZ-7, AZ-8: unknown parameters are left alone; state and nonce come back as they were; iss on success', async () => {
  const state = `${'s'.repeat(60)} a&b=c#d"e%2f+`
  const nonce = 'n'.repeat(64)
  const { left, ...got } = await codeFor(running, 'ada', { state, nonce, made_up: ['x', 'y'], display: 'popup', ui_locales: 'de' })
  assert.equal(left.searchParams.get('state'), state)
  assert.equal(left.searchParams.get('iss'), running.issuer)
  const { body } = await redeem(running, got)
  assert.equal(payload(body.id_token).nonce, nonce)
  for (const length of [1000, 1024]) assert.ok(await codeFor(running, 'ada', { state: 'x'.repeat(length), nonce: 'y'.repeat(length) }))
})

test('a query of the redirect URI stays (RFC 6749 §3.1.2)', async () => {
  const { left } = await codeFor(running, 'ada', { redirect_uri: 'https://web.test/other?tab=1' })
  assert.equal(left.searchParams.get('tab'), '1')
})

test('AZ-9: no CORS, no frames, no cache, no referrer, nothing fetched', async () => {
  const page = await formBrowser().go(authorizeUrl(running, challenge), { headers: { origin: 'http://spa.test' } })
  assert.equal(page.headers.get('access-control-allow-origin'), null)
  assert.equal(page.headers.get('x-frame-options'), 'DENY')
  assert.equal(page.headers.get('cache-control'), 'no-store')
  assert.equal(page.headers.get('referrer-policy'), 'no-referrer')
  const policy = page.headers.get('content-security-policy') ?? ''
  for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self' https://web.test"])
    assert.ok(policy.includes(part))
  const [, nonce] = /script-src 'nonce-([^']+)'/.exec(policy) ?? []
  assert.ok(page.text.includes(`nonce="${nonce}"`))
})

test('AZ-10, AZ-13, AZ-22: by POST as by GET, with forms alone: 303 at every step', async () => {
  const browser = formBrowser()
  const url = new URL(authorizeUrl(running, challenge))
  const page = await browser.go(`${running.issuer}/authorize`, { method: 'POST', body: url.searchParams })
  assert.match(page.text, /Sign in to Orders Web/)
  const done = await signIn(browser, page, 'ada')
  assert.ok(done.left?.searchParams.get('code'))
  for (const { status } of [...page.trail.slice(0, -1), ...done.trail]) assert.equal(status, 303)
  const twice = await browser.go(`${running.issuer}/authorize`, {
    method: 'POST',
    body: new URLSearchParams(`${url.searchParams}&state=s-2`),
  })
  assert.equal(twice.left?.searchParams.get('error'), 'invalid_request')
})

test('LG-1: a wrong password and an unknown name read the same; the page stays as it was', async () => {
  const browser = formBrowser()
  const page = await browser.go(authorizeUrl(running, challenge))
  const wrong = await signIn(browser, page, 'ada', 'not the password at all')
  const unknown = await signIn(browser, page, 'nobody-at-all', 'not the password at all')
  assert.deepEqual([wrong.status, unknown.status], [400, 400])
  const blank = (text: string) => reads(text).replace(/ada|nobody-at-all/g, '')
  assert.equal(blank(wrong.text), blank(unknown.text))
  assert.match(wrong.text, /That did not match/)
  assert.equal(attribute(tags(wrong.text, 'input').find((tag) => tag.includes('name="identifier"'))!, 'value'), 'ada')
  assert.doesNotMatch(wrong.text, /not the password at all/)
  assert.ok((await signIn(browser, wrong, 'ada')).left?.searchParams.get('code'))
})

describe('AZ-19: interactions and sessions cannot be fixed', () => {
  test('a page of one browser is worth nothing in another, and neither is its form without the cookie', async () => {
    const attacker = formBrowser()
    const page = await attacker.go(authorizeUrl(running, challenge))
    const victim = formBrowser()
    await victim.go(authorizeUrl(running, challenge))
    for (const browser of [victim, formBrowser()]) {
      const refused = await browser.submit(page, { identifier: 'ada', password })
      assert.equal(refused.status, 403)
      assert.match(refused.text, /This page cannot be sent from here/)
      assert.equal(browser.cookies.has('curfew'), false)
    }
  })

  test('the synchronizer token must be there, and be one of ours (BF-4)', async () => {
    const browser = formBrowser()
    const page = await browser.go(authorizeUrl(running, challenge))
    for (const csrf of ['', 'x', 'a'.repeat(2000)]) {
      assert.equal((await browser.submit(page, { identifier: 'ada', password, csrf })).status, 403)
    }
    assert.equal((await browser.submit(page, { identifier: 'ada', password, interaction: 'AAAA' })).status, 403)
  })

  test('the cookie is another one after each sign-in; the session of the same person stays, of another ends', async () => {
    const browser = formBrowser()
    const first = await redeem(running, await codeFor(running, 'ada', {}, browser))
    const before = browser.cookies.get('curfew')
    assert.match(before ?? '', /^[\w-]{43}$/)
    const again = await browser.go(authorizeUrl(running, pkce().challenge, { prompt: 'login' }))
    const done = await signIn(browser, again, 'ada')
    assert.notEqual(browser.cookies.get('curfew'), before)
    assert.ok(done.left?.searchParams.get('code'))
    const other = await browser.go(authorizeUrl(running, pkce().challenge, { prompt: 'login' }))
    assert.equal(await seenBy(running, first.body.access_token), 'accepted')
    await signIn(browser, other, 'bob')
    assert.equal(await seenBy(running, first.body.access_token), 'refused')
  })

  test('contract §3: nor does the session of somebody stay whose browser another makes an account in', async () => {
    const browser = formBrowser()
    const first = await redeem(running, await codeFor(running, 'ada', {}, browser))
    const page = await browser.go(authorizeUrl(running, pkce().challenge, { prompt: 'login' }))
    const form = await browser.go(linkOf(page, 'Make an account'))
    await signIn(browser, form, 'ada') // the name is taken: nothing happens
    assert.equal(await seenBy(running, first.body.access_token), 'accepted')
    assert.ok((await signIn(browser, form, 'heir')).left?.searchParams.get('code'))
    assert.equal(await seenBy(running, first.body.access_token), 'refused')
  })

  test('a consent question that was put to one is not answered by another', async () => {
    const browser = formBrowser()
    const url = authorizeUrl(running, challenge, { client_id: 'native', redirect_uri: 'http://127.0.0.1/back' })
    const question = await signIn(browser, await browser.go(url), 'ada')
    assert.match(question.text, /You are signed in as/)
    await signIn(browser, await browser.go(linkOf(question, 'Not you?')), 'bob')
    const answered = await browser.submit(question, { answer: 'allow' })
    assert.equal(answered.left, undefined)
    assert.match(reads(answered.text), /signed in as bob/)
  })
})

describe('AZ-11, AZ-12: prompt, max_age, hints', () => {
  test('none with a session answers without a page; login and max_age want a new sign-in, and auth_time moves', async () => {
    const browser = formBrowser()
    const first = payload((await redeem(running, await codeFor(running, 'ada', {}, browser))).body.id_token)
    const quiet = await codeFor(running, 'ada', { prompt: 'none' }, browser)
    assert.equal(payload((await redeem(running, quiet)).body.id_token).auth_time, first.auth_time)
    running.advance(120_000)
    assert.equal(
      (await browser.go(authorizeUrl(running, challenge, { prompt: 'none', max_age: '60' }))).left?.searchParams.get('error'),
      'login_required',
    )
    assert.ok((await codeFor(running, 'ada', { max_age: '600' }, browser)).code)

    for (const more of [{ max_age: '60' }, { prompt: 'login' }, { max_age: '0' }]) {
      const page = await browser.go(authorizeUrl(running, pkce().challenge, more))
      assert.match(page.text, /Confirm that it is you/)
      assert.match(page.text, /value="ada"/)
      running.advance(5000)
    }
    const again = await redeem(running, await codeFor(running, 'ada', { prompt: 'login' }, browser))
    assert.equal(again.status, 200)
    const second = payload(again.body.id_token)
    assert.ok(Number(second.auth_time) > Number(first.auth_time))
    assert.equal(second.sid, first.sid) // contract §3: the same person, the same session
    assert.equal(second.sub, first.sub)
  })

  test('login_hint is typed in; an ID token hint of somebody else is not answered with this one', async () => {
    assert.match((await ask({ login_hint: 'ada@example.com' })).text, /value="ada@example.com"/)
    const hint = (await redeem(running, await codeFor(running, 'bob'))).body.id_token
    const browser = formBrowser()
    await codeFor(running, 'ada', {}, browser)
    const quiet = await browser.go(authorizeUrl(running, challenge, { prompt: 'none', id_token_hint: hint }))
    assert.equal(quiet.left?.searchParams.get('error'), 'login_required')
    const page = await browser.go(authorizeUrl(running, challenge, { id_token_hint: hint }))
    assert.equal((await signIn(browser, page, 'ada')).left?.searchParams.get('error'), 'login_required')
    const right = await browser.go(authorizeUrl(running, challenge, { id_token_hint: hint }))
    assert.ok((await signIn(browser, right, 'bob')).left?.searchParams.get('code'))
  })
})

describe('AZ-20: consent', () => {
  const native = { client_id: 'native', redirect_uri: 'https://native.test/back', scope: 'openid orders:read' }
  const loopback = { ...native, redirect_uri: 'http://127.0.0.1:7777/back' }

  test('it says who, where to, what for and at which service; it is remembered; a new scope, audience or host asks again', async () => {
    const browser = formBrowser()
    const page = await signIn(browser, await browser.go(authorizeUrl(running, challenge, native)), 'ada')
    assert.match(new URL(page.url).pathname, /\/consent$/)
    for (const words of ['Orders Native', 'native.test', 'orders:read', 'https://api.test', 'ada'])
      assert.ok(reads(page.text).includes(words), words)
    assert.equal(
      (await browser.go(authorizeUrl(running, challenge, { ...native, prompt: 'none' }))).left?.searchParams.get('error'),
      'consent_required',
    )

    const refused = await browser.submit(page, { answer: 'refuse' })
    assert.equal(refused.left?.searchParams.get('error'), 'access_denied')
    assert.equal(refused.left?.searchParams.get('iss'), running.issuer)
    const allowed = await browser.submit(page, { answer: 'allow' })
    assert.ok(allowed.left?.searchParams.get('code'))
    assert.equal(allowed.trail.at(-1)?.status, 303)

    const quiet = { ...native, redirect_uri: 'https://native.test/other', prompt: 'none' }
    assert.ok((await browser.go(authorizeUrl(running, challenge, quiet))).left?.searchParams.get('code'))
    for (const more of [
      { scope: 'openid orders:read orders:write' },
      { resource: 'https://billing.test' },
      { redirect_uri: 'com.example.app:/back' },
    ]) {
      assert.match((await browser.go(authorizeUrl(running, challenge, { ...native, ...more }))).text, /name="answer"/, JSON.stringify(more))
    }
    assert.match((await browser.go(authorizeUrl(running, challenge, { ...native, prompt: 'consent' }))).text, /name="answer"/)
  })

  test('AZ-20, RFC 8252 §8.6: where any program of the machine can be the client, it is asked each time', async () => {
    for (const { redirect_uri } of [loopback, { redirect_uri: 'com.example.app:/back' }]) {
      const asks = { ...native, redirect_uri }
      const browser = formBrowser()
      const page = await signIn(browser, await browser.go(authorizeUrl(running, challenge, asks)), 'bob')
      assert.ok((await browser.submit(page, { answer: 'allow' })).left?.searchParams.get('code'))
      // Another program says that it is this client: on a port of its own, with a verifier of its own.
      const other = { ...asks, ...(redirect_uri === loopback.redirect_uri && { redirect_uri: 'http://127.0.0.1:8888/back' }) }
      assert.match((await browser.go(authorizeUrl(running, challenge, other))).text, /name="answer"/)
      const quiet = await browser.go(authorizeUrl(running, challenge, { ...other, prompt: 'none' }))
      assert.equal(quiet.left?.searchParams.get('error'), 'consent_required')
    }
  })

  test('an answer that is none is refused', async () => {
    const browser = formBrowser()
    const page = await signIn(browser, await browser.go(authorizeUrl(running, challenge, native)), 'bob')
    assert.equal((await browser.submit(page, { answer: 'maybe' })).status, 400)
  })
})

test('a page that waited too long begins again, and nothing is lost', async () => {
  const browser = formBrowser()
  const page = await browser.go(authorizeUrl(running, challenge, { state: 'kept' }))
  running.advance(601_000)
  const late = await signIn(browser, page, 'ada')
  assert.match(late.text, /This page waited too long/)
  assert.equal((await signIn(browser, late, 'ada')).left?.searchParams.get('state'), 'kept')
})

test('P1, P2: a page from before everything ended does not open a session after it; the next one does', async () => {
  const browser = formBrowser()
  const page = await browser.go(authorizeUrl(running, challenge))
  await running.curfew.end('everything')
  const refused = await signIn(browser, page, 'ada')
  assert.equal(refused.left, undefined)
  assert.equal(browser.cookies.has('curfew'), false)
  assert.ok((await signIn(browser, refused, 'ada')).left?.searchParams.get('code'))
})

test('P1, P2: nor does a question from before the client ended: it is put once more', async () => {
  const browser = formBrowser()
  const url = authorizeUrl(running, challenge, {
    client_id: 'native',
    redirect_uri: 'http://127.0.0.1/back',
    scope: 'openid profile',
    prompt: 'consent',
  })
  const question = await signIn(browser, await browser.go(url), 'bob')
  await running.curfew.end({ client: 'native' })
  const again = await browser.submit(question, { answer: 'allow' })
  assert.equal(again.left, undefined)
  assert.match(again.text, /name="answer"/)
  assert.ok((await browser.submit(again, { answer: 'allow' })).left?.searchParams.get('code'))
})

test('people make an account on the way, where they may', async () => {
  const browser = formBrowser()
  const page = await browser.go(linkOf(await browser.go(authorizeUrl(running, challenge)), 'Make an account'))
  assert.match(page.text, /autocomplete="new-password"/)
  assert.match((await signIn(browser, page, 'eve', 'short')).text, /No account was made/)
  assert.match((await signIn(browser, page, 'ada')).text, /This name is taken/)
  assert.ok((await signIn(browser, page, 'eve')).left?.searchParams.get('code'))

  const closed = await openIssuer({ accounts: {} })
  try {
    const there = formBrowser()
    assert.doesNotMatch((await there.go(authorizeUrl(closed, challenge))).text, /Make an account/)
    assert.equal((await there.go(`${closed.issuer}/new-account?interaction=x`)).status, 404)
  } finally {
    await closed.close()
  }
})

test('AZ-21: a page goes nowhere but to the registered address', async () => {
  const browser = formBrowser()
  const page = await browser.go(authorizeUrl(running, challenge))
  const done = await browser.submit(page, {
    identifier: 'ada',
    password,
    return_to: '//evil.test',
    next: 'https://evil.test',
    redirect_uri: 'https://evil.test',
  })
  assert.equal(done.left?.host, 'web.test')
})

test('LO-1: no code, cookie, password or interaction in any log line', async () => {
  const browser = formBrowser()
  const got = await codeFor(running, 'ada', {}, browser)
  const { body } = await redeem(running, got)
  const log = JSON.stringify(running.lines)
  const secrets = [
    got.code,
    got.verifier,
    password,
    ...browser.cookies.values(),
    body.access_token!,
    body.refresh_token!,
    body.id_token!,
    clients[0]!.secret!,
  ]
  for (const secret of secrets) assert.ok(!log.includes(secret))
})
