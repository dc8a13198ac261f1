import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OAuthError, stopping, withoutSecrets } from '../../src/errors.ts'
import { errorAnswer, logServed } from '../../src/http/respond.ts'

const bodyOf = (answer: { body?: string | Uint8Array }) => JSON.parse(String(answer.body))

test('contract §1: a refusal is error, error_description, request_id, and members; its reason stays here', () => {
  const error = new OAuthError('session_ended', 'replayed: secret story', {
    description: 'This session is over.',
    members: { reason: 'replayed' },
  })
  const answer = errorAnswer(error, 'r1')
  assert.equal(answer.status, 401)
  assert.deepEqual(bodyOf(answer), {
    error: 'session_ended',
    error_description: 'This session is over.',
    reason: 'replayed',
    request_id: 'r1',
  })
  assert.equal(answer.headers['cache-control'], 'no-store')
})

test('RFC 6749 §5.2, RFC 6750 §3: a 401 has its challenge', () => {
  const challenge = (code: ConstructorParameters<typeof OAuthError>[0]) =>
    errorAnswer(new OAuthError(code, 'x'), 'r').headers['www-authenticate']
  assert.match(challenge('invalid_client') ?? '', /^Basic realm=/)
  assert.equal(challenge('invalid_token'), 'Bearer error="invalid_token"')
  assert.equal(challenge('invalid_credentials'), 'Bearer')
  assert.equal(challenge('invalid_grant'), undefined)
})

test('LO-1, TK-13: anything unexpected is a 500 without detail', () => {
  for (const thrown of [new Error('canary'), 'canary', undefined, { message: 'canary' }, new TypeError('canary')]) {
    const answer = errorAnswer(thrown, 'r1')
    assert.equal(answer.status, 500)
    assert.equal(bodyOf(answer).error, 'server_error')
    assert.doesNotMatch(String(answer.body), /canary/)
  }
})

test('LO-1: the log line of an unexpected error has its story and its causes, and nothing that looks random', () => {
  const secret = `cfr_${Buffer.from(new Uint8Array(40).map((_, index) => index * 37)).toString('base64url')}`
  const lines: unknown[] = []
  const log = { info: (facts: object) => void lines.push(facts), error: (facts: object) => void lines.push(facts) }
  const problem = new Error(`cannot store ${secret}`, { cause: new Error(`because of ${secret}`) })
  logServed(log, { method: 'POST', route: '/token', id: 'r1', ms: 1 }, 500, problem)
  const written = JSON.stringify(lines)
  assert.match(written, /cannot store …/)
  assert.match(written, /because of …/)
  assert.match(written, /respond\.test\.ts/) // the stack is there
  assert.ok(!written.includes(secret))
})

test('LO-1: what looks random is taken out, words and paths are not', () => {
  const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLXdpdGgtNjQtYnl0ZXM'
  assert.equal(withoutSecrets(`token ${jwt} is bad`), 'token ….….… is bad')
  assert.equal(withoutSecrets(`…/new-password?token=${'aBcdEfghijk'.repeat(4).slice(0, 43)}`), '…/new-password?token=…', 'without a digit')
  for (const text of ['at processTicksAndRejections (node:internal/process/task_queues:103:5)', 'two_client_authentications']) {
    assert.equal(withoutSecrets(text), text)
  }
})

test('R1: that a node stops is no error in its log, and callers are told to ask again', () => {
  const lines: string[] = []
  const log = { info: () => void lines.push('info'), error: () => void lines.push('error') } as unknown as Parameters<typeof logServed>[0]
  logServed(log, { method: 'GET', route: '/receipts/{id}', ms: 1, id: 'r1' }, 503, stopping())
  logServed(
    log,
    { method: 'GET', route: '/receipts/{id}', ms: 1, id: 'r1' },
    503,
    new OAuthError('temporarily_unavailable', 'database_away'),
  )
  assert.deepEqual(lines, ['info', 'error'])
  assert.partialDeepStrictEqual(errorAnswer(stopping(), 'r1'), { status: 503, headers: { 'retry-after': '1' } })
})
