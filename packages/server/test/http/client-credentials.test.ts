import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OAuthError } from '../../src/errors.ts'
import { readClientCredentials } from '../../src/http/client-credentials.ts'
import { readForm } from '../../src/http/form.ts'

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

function read(authorization: string | undefined, body = ''): unknown {
  const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
  return readClientCredentials(headers, readForm({ headers, body: { kind: 'bytes', bytes: Buffer.from(body) } }))
}

test('TK-2: by Basic, in the body, or client_id alone', () => {
  assert.deepEqual(read(basic('web:s3cret')), { id: 'web', secret: 's3cret', method: 'client_secret_basic' })
  assert.deepEqual(read(undefined, 'client_id=web&client_secret=s3cret'), { id: 'web', secret: 's3cret', method: 'client_secret_post' })
  assert.deepEqual(read(undefined, 'client_id=app'), { id: 'app', method: 'none' })
  assert.deepEqual(read(basic('web:s3cret'), 'client_id=web'), { id: 'web', secret: 's3cret', method: 'client_secret_basic' })
})

test('TK-3: both parts of Basic are form-encoded', () => {
  assert.deepEqual(read(basic('my+app%3A1:a%2Bb+c%3Ad%C3%A9')), { id: 'my app:1', secret: 'a+b c:dé', method: 'client_secret_basic' })
  assert.deepEqual(read(basic('web:a:b')), { id: 'web', secret: 'a:b', method: 'client_secret_basic' })
  assert.deepEqual(read(basic('web:')), { id: 'web', secret: '', method: 'client_secret_basic' })
})

test('TK-2: two ways at once, and what is none, are refused', () => {
  const table: [string | undefined, string, string][] = [
    [basic('web:s3cret'), 'client_id=web&client_secret=s3cret', 'invalid_request'],
    [basic('web:s3cret'), 'client_secret=s3cret', 'invalid_request'],
    [basic('web:s3cret'), 'client_id=other', 'invalid_request'],
    [undefined, '', 'invalid_client'],
    [undefined, 'client_secret=s3cret', 'invalid_client'],
    [undefined, 'client_id=web&client_assertion=x', 'invalid_client'],
    ['Basic', 'client_id=web', 'invalid_client'],
    ['Basic ', '', 'invalid_client'],
    ['Basic !!!', '', 'invalid_client'],
    [basic('no-colon'), '', 'invalid_client'],
    [basic(':secret'), '', 'invalid_client'],
    [basic('web:%zz'), '', 'invalid_client'],
    ['Bearer abc', 'client_id=web', 'invalid_client'],
  ]
  for (const [authorization, body, code] of table) {
    assert.throws(
      () => read(authorization, body),
      (error) => error instanceof OAuthError && error.code === code,
      `${authorization} ${body}`,
    )
  }
})

test('LO-1: no refusal repeats what was sent', () => {
  for (const [authorization, body] of [
    [basic('web:canary-s3cret'), 'client_secret=canary-s3cret'],
    [basic('canary-s3cret'), ''],
    ['Basic canary-s3cret', ''],
  ] as const) {
    try {
      read(authorization, body)
      assert.fail('not refused')
    } catch (error) {
      assert.ok(error instanceof OAuthError)
      assert.doesNotMatch(JSON.stringify([error.description, error.reason, error.message, error.headers, error.members]), /canary/)
    }
  }
})
