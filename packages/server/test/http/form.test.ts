import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OAuthError } from '../../src/errors.ts'
import { type Form, readForm, readParameters, readQuery } from '../../src/http/form.ts'
import type { Body } from '../../src/http/request.ts'

const urlencoded = 'application/x-www-form-urlencoded'
const bytes = (text: string): Body => ({ kind: 'bytes', bytes: Buffer.from(text) })
const parsed = (value: unknown): Body => ({ kind: 'parsed', value })
const form = (body: Body, type: string | undefined = urlencoded): Form => readForm({ headers: { 'content-type': type }, body })

/** The code and the sentence of what is thrown. */
function refusal(run: () => unknown): [string, string | undefined] {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof OAuthError, String(error))
    return [error.code, error.description]
  }
  assert.fail('nothing was refused')
}

test('AZ-6: unknown parameters are ignored, an empty one is an absent one', () => {
  const read = form(bytes('a=1&b=&unknown=x'))
  assert.equal(read.required('a'), '1')
  assert.equal(read.optional('b'), undefined)
  assert.equal(read.optional('c'), undefined)
  assert.deepEqual(
    refusal(() => read.required('b')),
    ['invalid_request', 'The parameter b is missing.'],
  )
})

test('AZ-6: a repeated parameter is refused, whoever has parsed the body', () => {
  for (const body of [bytes('a=1&a=1'), bytes('a=1&b=2&a='), parsed({ a: ['1', '2'] }), parsed('a=1&a=2')]) {
    assert.deepEqual(
      refusal(() => form(body)),
      ['invalid_request', 'The parameter a came more than once.'],
    )
  }
  assert.deepEqual(
    refusal(() => readQuery({ query: 'scope=a&scope=b' })),
    ['invalid_request', 'The parameter scope came more than once.'],
  )
})

test('AZ-6: the name of a repeated parameter is repeated only if it looks like one', () => {
  const [code, said] = refusal(() => form(bytes('%3Cscript%3E=1&%3Cscript%3E=2')))
  assert.deepEqual([code, said], ['invalid_request', 'A parameter came more than once.'])
})

test('TK-1: only application/x-www-form-urlencoded is read', () => {
  for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', undefined, '']) {
    assert.equal(refusal(() => form(bytes('a=1'), type ?? 'none'))[0], 'unsupported_media_type', String(type))
    assert.equal(refusal(() => form(parsed({ a: '1' }), type ?? 'none'))[0], 'unsupported_media_type', String(type))
  }
  assert.equal(form(bytes('a=1'), 'Application/X-WWW-Form-Urlencoded; charset=utf-8').required('a'), '1')
  const zipped = { headers: { 'content-type': urlencoded, 'content-encoding': 'gzip' }, body: bytes('a=1') }
  assert.equal(refusal(() => readForm(zipped))[0], 'unsupported_media_type')
})

test('form decoding: plus, percent, UTF-8; bytes that are not UTF-8 are refused', () => {
  assert.equal(form(bytes('a=x+y%2Bz%C3%A9')).required('a'), 'x y+zé')
  assert.equal(refusal(() => form({ kind: 'bytes', bytes: Uint8Array.of(0x61, 0x3d, 0xff) }))[0], 'invalid_request')
})

test('a body that a parser has read: nested values are no parameters, names are only names', () => {
  const read = form(parsed(JSON.parse('{"a":"1","deep":{"b":"2"},"n":3,"__proto__":"x","constructor":"y"}')))
  assert.equal(read.required('a'), '1')
  assert.equal(read.optional('deep'), undefined)
  assert.equal(read.optional('n'), undefined)
  assert.equal(read.optional('toString'), undefined)
  assert.equal(read.optional('__proto__'), 'x')
})

test('no body at all is an empty form', () => {
  assert.equal(form(bytes(''), 'none').optional('a'), undefined)
  assert.equal(form(parsed({}), 'none').optional('a'), undefined)
})

test('AZ-13: readParameters takes the query of a GET and the form of a POST, and leaves repetition to its caller', () => {
  const get = readParameters({ method: 'GET', query: 'client_id=c&state=1&state=2', headers: {}, body: bytes('client_id=other') })
  assert.equal(get.required('client_id'), 'c')
  assert.deepEqual(get.repeated, ['state'])
  assert.equal(refusal(() => get.optional('state'))[0], 'invalid_request')
  const post = { method: 'POST', query: 'client_id=other', headers: { 'content-type': urlencoded }, body: bytes('client_id=c') }
  assert.equal(readParameters(post).required('client_id'), 'c')
})
