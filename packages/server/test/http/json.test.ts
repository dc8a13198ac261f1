import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OAuthError } from '../../src/errors.ts'
import { type JsonBody, readJsonBody } from '../../src/http/json.ts'
import type { Body } from '../../src/http/request.ts'

const read = (text: string, type = 'application/json'): JsonBody =>
  readJsonBody({ headers: { 'content-type': type }, body: { kind: 'bytes', bytes: Buffer.from(text) } })
const parsed = (value: unknown): JsonBody =>
  readJsonBody({ headers: { 'content-type': 'application/json' }, body: { kind: 'parsed', value } as Body })

const refused = (code: string, said: RegExp) => (error: unknown) => {
  assert.ok(error instanceof OAuthError, String(error))
  assert.equal(error.code, code)
  assert.match(error.description ?? '', said)
  return true
}

test('what is no JSON object is refused with what is wrong', () => {
  const table: [string, RegExp][] = [
    ['{', /not JSON/],
    ['[]', /must be a JSON object/],
    ['"a"', /must be a JSON object/],
    ['null', /must be a JSON object/],
    ['{"a":1,"a":2}', /came twice/],
    ['{"a":1,"\\u0061":2}', /came twice/],
    [`{"a":${'['.repeat(20)}${']'.repeat(20)}}`, /nested too deeply/],
    [`{"a":[${'1,'.repeat(300)}1]}`, /too many members/],
    ['{"a":"\\ud800"}', /half a character/],
    ['{"a":1e999}', /out of range/],
  ]
  for (const [text, said] of table) assert.throws(() => read(text), refused('invalid_request', said), text)
})

test('BF-4: only application/json is read: a form or text/plain needs no preflight', () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', '', 'application/jsonp']) {
    assert.throws(() => read('{"a":"1"}', type), refused('unsupported_media_type', /application\/json/), type)
  }
  assert.equal(read('{"a":"1"}', 'application/json; charset=utf-8').text('a'), '1')
})

test('members of the wrong type, too long, or missing are named', () => {
  const body = read('{"n":1,"empty":"","long":"xxxxxxxxxx","list":["a"],"nothing":null}')
  assert.throws(() => body.text('n'), refused('invalid_request', /^n must be a string/))
  assert.throws(() => body.text('list'), refused('invalid_request', /^list must be a string/))
  assert.throws(() => body.text('empty'), refused('invalid_request', /^empty is missing/))
  assert.throws(() => body.text('absent'), refused('invalid_request', /^absent is missing/))
  assert.throws(() => body.text('long', 5), refused('invalid_request', /^long is longer than 5/))
  assert.throws(() => body.optionalFlag('n'), refused('invalid_request', /^n must be true or false/))
  assert.equal(body.optionalText('nothing'), undefined)
  assert.equal(body.optionalText('absent'), undefined)
})

test('JV-26: inherited names are no members, whoever has parsed the body', () => {
  for (const body of [read('{"__proto__":{"admin":"yes"}}'), parsed(JSON.parse('{"__proto__":{"admin":"yes"}}')), parsed({})]) {
    assert.equal(body.optionalText('admin'), undefined)
    assert.equal(body.optionalText('toString'), undefined)
    assert.equal(body.optionalText('constructor'), undefined)
  }
})

test('exactly one of several', () => {
  assert.equal(read('{"user":"u"}').oneOf(['user', 'client']), 'user')
  for (const text of ['{}', '{"user":"u","client":"c"}', '{"user":null}']) {
    assert.throws(() => read(text).oneOf(['user', 'client']), refused('invalid_request', /exactly one of user, client/), text)
  }
})

test('no body is an empty object', () => {
  assert.equal(readJsonBody({ headers: {}, body: { kind: 'bytes', bytes: new Uint8Array(0) } }).optionalText('a'), undefined)
  assert.equal(readJsonBody({ headers: {}, body: { kind: 'parsed', value: {} } }).optionalText('a'), undefined)
})
