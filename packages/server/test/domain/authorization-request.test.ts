import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  authorizationParameters,
  codeLocation,
  type Facts,
  type Parameters as Given,
  prompts,
  readAuthorizationRequest,
  refusalLocation,
} from '../../src/domain/authorization-request.ts'
import { client, request } from './oauth-samples.ts'

type Sent = Readonly<Record<string, string | readonly string[] | undefined>>

/** RFC 7636, appendix B. */
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
const good: Sent = {
  client_id: 'web',
  redirect_uri: 'https://web.test/back',
  response_type: 'code',
  scope: 'openid a',
  state: 'st ~ate',
  code_challenge: challenge,
  code_challenge_method: 'S256',
}
const facts: Facts = { audiences: { configured: 'https://api.test', served: ['https://api.test', 'https://billing.test'] } }

/** A list is a parameter that came several times: it must not be asked for. */
const parameters = (sent: Sent): Given => ({
  repeated: Object.keys(sent).filter((name) => Array.isArray(sent[name])),
  optional: (name) => {
    const value = sent[name]
    assert.ok(value === undefined || typeof value === 'string', `${name} is asked for`)
    return value
  },
})
const read = (more: Sent = {}, registered = client(), known: Facts = facts) =>
  readAuthorizationRequest(parameters({ ...good, ...more }), registered, known)
/** The request in our words; what else is expected of it fails by its words. */
const accepted = (...given: Parameters<typeof read>) => {
  const reading = read(...given)
  assert.equal(reading.outcome, 'good', JSON.stringify(reading))
  return reading.outcome === 'good' ? reading.request : assert.fail()
}

test('AZ-7, AZ-14: a request in our own words: what was asked for, and nothing that was not', () => {
  const plain = {
    clientId: 'web',
    redirectUri: 'https://web.test/back',
    scope: ['openid', 'a'],
    audience: 'https://api.test',
    challenge,
    prompt: [],
  }
  assert.deepEqual(accepted(), { ...plain, state: 'st ~ate' })
  assert.deepEqual(accepted({ state: undefined }), plain)
  assert.deepEqual(
    accepted(
      {
        ...{ nonce: 'n~', max_age: '60', login_hint: 'ada@example.com', id_token_hint: 'x', prompt: 'login consent', unknown: 'y' },
        ...{ resource: 'https://billing.test', response_mode: 'query' },
      },
      client(),
      { ...facts, hinted: 'ada' },
    ),
    {
      ...plain,
      ...{ state: 'st ~ate', nonce: 'n~', maxAge: 60, loginHint: 'ada@example.com', hinted: 'ada' },
      ...{ prompt: ['login', 'consent'], audience: 'https://billing.test' },
    },
  )
})

test('AZ-1: no client, no address that is known to be its own: the person alone hears of it', () => {
  const stopped = (reason: string) => ({ outcome: 'stopped', reason })
  assert.deepEqual(read({ client_id: undefined }), stopped('client_missing'))
  assert.deepEqual(read({ client_id: ['web', 'web'] }), stopped('client_missing'))
  assert.deepEqual(readAuthorizationRequest(parameters(good), undefined, facts), stopped('client_unknown'))
  assert.deepEqual(read({}, client({ disabled: true })), stopped('client_unknown'))
  assert.deepEqual(read({ redirect_uri: 'https://web.test/other' }), stopped('redirect_unknown'))
  assert.deepEqual(read({ redirect_uri: ['https://web.test/back', 'https://web.test/back'] }), stopped('redirect_missing'))
  const two = client({ redirectUris: ['https://web.test/back', 'https://web.test/other'] })
  for (const registered of [two, client({ redirectUris: [] })])
    assert.deepEqual(read({ redirect_uri: undefined }, registered), stopped('redirect_missing'))
  assert.equal(accepted({ redirect_uri: undefined }).redirectUri, 'https://web.test/back', 'OAuth 2.1 §4.1.1: there is only one')
})

const s256 = 'code_challenge is not the SHA-256 of a verifier in base64url.'
const scope = 'The scope is malformed, or this client may have nothing of it.'
const resource = 'resource names no service, one that this client may not use, or more than one.'
const prompt = 'prompt is none alone, or login, consent or select_account.'
const seconds = 'max_age must be a number of seconds.'
const nonce = 'nonce is too long (1024 at most), or has characters outside of ASCII.'
const refused: [string, Sent, string, string][] = [
  ['AZ-18: a request object', { request: 'ey' }, 'request_not_supported', 'Request objects are not taken.'],
  ['AZ-18: an address of one', { request_uri: 'https://a.test' }, 'request_uri_not_supported', 'Nothing is fetched for a request.'],
  ['a registration', { registration: '{}' }, 'registration_not_supported', 'Clients are registered beforehand.'],
  ['AZ-5: no response_type', { response_type: undefined }, 'invalid_request', 'response_type is missing.'],
  ['AZ-5: a token in the address', { response_type: 'token' }, 'unsupported_response_type', 'response_type must be code.'],
  ['AZ-5: an ID token beside the code', { response_type: 'code id_token' }, 'unsupported_response_type', 'response_type must be code.'],
  ['AZ-5: a fragment', { response_mode: 'fragment' }, 'invalid_request', 'response_mode must be query.'],
  ['AZ-3: no challenge', { code_challenge: undefined }, 'invalid_request', 'code_challenge is missing: PKCE is required.'],
  ['AZ-4: no method', { code_challenge_method: undefined }, 'invalid_request', 'code_challenge_method must be S256.'],
  ['AZ-4: plain', { code_challenge_method: 'plain' }, 'invalid_request', 'code_challenge_method must be S256.'],
  ['AZ-4: a challenge of 42 characters', { code_challenge: 'A'.repeat(42) }, 'invalid_request', s256],
  ['AZ-4: a challenge of 44 characters', { code_challenge: 'A'.repeat(44) }, 'invalid_request', s256],
  ['AZ-4: a challenge in base64', { code_challenge: `${'A'.repeat(42)}+` }, 'invalid_request', s256],
  ['AZ-11: none with another', { prompt: 'none login' }, 'invalid_request', prompt],
  ['AZ-11: an unknown prompt', { prompt: 'login create' }, 'invalid_request', prompt],
  ['AZ-12: a max_age of words', { max_age: 'soon' }, 'invalid_request', seconds],
  ['AZ-12: a max_age below nothing', { max_age: '-1' }, 'invalid_request', seconds],
  ['AZ-12: a max_age with a unit', { max_age: '1m' }, 'invalid_request', seconds],
  ['AZ-12: a max_age of ten digits', { max_age: '1000000000' }, 'invalid_request', seconds],
  ['AZ-7: a nonce of 1025 characters', { nonce: 'n'.repeat(1025) }, 'invalid_request', nonce],
  ['AZ-7: a nonce with other characters', { nonce: 'nö' }, 'invalid_request', nonce],
  [
    'Core §3.1.2.1: a hint that is no ID token of ours',
    { id_token_hint: 'x' },
    'invalid_request',
    'id_token_hint is no ID token of this issuer.',
  ],
  ['RFC 6749 §3.3: a malformed scope', { scope: 'a"b' }, 'invalid_scope', scope],
  ['RFC 6749 §3.3: nothing that this client may have', { scope: 'admin' }, 'invalid_scope', scope],
  ['TK-10: a resource that no service has', { resource: 'https://other.test' }, 'invalid_target', resource],
  ['TK-10: two resources', { resource: ['https://api.test', 'https://api.test'] }, 'invalid_target', resource],
]
for (const [what, more, error, description] of refused) {
  test(`refused: ${what}`, () => {
    const redirectUri = 'https://web.test/back'
    assert.deepEqual(read(more), { outcome: 'refused', error, description, redirectUri, state: 'st ~ate' })
  })
}

test('TK-7: refused: a client without this flow', () => {
  assert.partialDeepStrictEqual(read({}, client({ grants: ['refresh_token', 'client_credentials'] })), {
    outcome: 'refused',
    error: 'unauthorized_client',
    description: 'This client may not use this flow.',
  })
})

test('AZ-6: refused: whatever is read here and came twice; a resource may, and who cares for others', () => {
  const readHere =
    'client_id redirect_uri response_type response_mode scope state nonce prompt max_age login_hint id_token_hint code_challenge code_challenge_method resource request request_uri registration'
  assert.deepEqual(authorizationParameters, readHere.split(' '))
  for (const name of authorizationParameters) {
    if (name === 'client_id' || name === 'redirect_uri' || name === 'resource') continue // answered otherwise, above
    const reading = read({ [name]: ['x', 'x'] })
    assert.partialDeepStrictEqual(reading, { outcome: 'refused', error: 'invalid_request', description: `${name} was sent twice.` })
    assert.equal(reading.outcome === 'refused' && reading.state, name === 'state' ? undefined : 'st ~ate')
  }
  accepted({ another: ['x', 'x'] })
})

test('AZ-7: state comes back unchanged up to its length, and not at all where it could not', () => {
  for (const state of ['~', ' !"#', 'x'.repeat(2048)]) assert.equal(accepted({ state }).state, state)
  for (const state of ['x'.repeat(2049), 'stäte', 'state\n', '\u007f']) {
    assert.deepEqual(read({ state }), {
      outcome: 'refused',
      error: 'invalid_request',
      description: 'state is too long (2048 at most), or has characters outside of ASCII.',
      redirectUri: 'https://web.test/back',
      state: undefined,
    })
  }
  assert.equal(accepted({ nonce: 'n'.repeat(1024) }).nonce?.length, 1024)
})

test('AZ-11, AZ-12: prompts each once, whatever the spaces; seconds from none to 999999999', () => {
  assert.deepEqual([...prompts], ['none', 'login', 'consent', 'select_account'])
  for (const one of prompts) assert.deepEqual(accepted({ prompt: one }).prompt, [one])
  assert.deepEqual(accepted({ prompt: ' login  select_account login ' }).prompt, ['login', 'select_account'])
  assert.deepEqual(accepted({ prompt: 'none none' }).prompt, ['none'])
  for (const seconds of ['0', '7', '999999999']) assert.equal(accepted({ max_age: seconds }).maxAge, Number(seconds))
})

test('a hint of who it may be is a help, and left out where it is longer than a name can be', () => {
  assert.equal(accepted({ login_hint: 'é'.repeat(254) }).loginHint, 'é'.repeat(254))
  assert.equal('loginHint' in accepted({ login_hint: 'x'.repeat(255) }), false)
})

test('Core §11: access while away is nothing for a client that cannot refresh; without a scope, all but what has to be asked for', () => {
  const wide = { scope: 'openid offline_access a admin' }
  assert.deepEqual(accepted(wide).scope, ['openid', 'offline_access', 'a'])
  assert.deepEqual(accepted(wide, client({ grants: ['authorization_code'] })).scope, ['openid', 'a'])
  assert.deepEqual(accepted({ scope: undefined }).scope, ['profile', 'a', 'b'])
})

test('AZ-7: a request that is too long in all is refused; characters outside of ASCII count for three', () => {
  const long = client({ redirectUris: [`https://web.test/${'x'.repeat(2031)}`] })
  for (const [hint, more] of [
    ['h'.repeat(254), 0],
    ['é'.repeat(200), 400],
  ] as const) {
    const sent = { redirect_uri: long.redirectUris[0], nonce: 'n'.repeat(1024), login_hint: hint }
    const size = JSON.stringify(accepted({ ...sent, state: '' }, long)).length + more
    accepted({ ...sent, state: 's'.repeat(5500 - size) }, long)
    assert.partialDeepStrictEqual(read({ ...sent, state: 's'.repeat(5501 - size) }, long), {
      outcome: 'refused',
      error: 'invalid_request',
      description: 'The request is too long in all.',
    })
  }
})

test('AZ-8: a code and a refusal go back with state and issuer', () => {
  assert.equal(
    codeLocation(request({ state: 'a b' }), 'c0de', 'https://id.test'),
    'https://web.test/back?code=c0de&state=a%20b&iss=https%3A%2F%2Fid.test',
  )
  assert.equal(codeLocation(request(), 'c0de', 'https://id.test'), 'https://web.test/back?code=c0de&iss=https%3A%2F%2Fid.test')
  const refusal = { outcome: 'refused', error: 'access_denied', description: 'No.', redirectUri: 'https://web.test/back?x=1' } as const
  assert.equal(
    refusalLocation({ ...refusal, state: 's' }, 'https://id.test'),
    'https://web.test/back?x=1&error=access_denied&error_description=No.&state=s&iss=https%3A%2F%2Fid.test',
  )
})
