import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readWait, waitApplied } from '../../src/http/prefer.ts'

test('RFC 7240: wait in whole seconds; what is not understood is no error', () => {
  const table: [string | undefined, number | undefined][] = [
    ['wait=5', 5],
    ['wait=0', 0],
    ['respond-async, wait=10', 10],
    ['WAIT = 3', 3],
    ['wait="7"', 7],
    ['wait=2; foo=bar', 2],
    ['wait=1, wait=9', 1],
    [undefined, undefined],
    ['', undefined],
    ['wait', undefined],
    ['wait=', undefined],
    ['wait=-1', undefined],
    ['wait=1.5', undefined],
    ['wait=1e3', undefined],
    ['wait=99999999999999999999', undefined],
    ['waiting=5', undefined],
    ['wait="7', undefined],
  ]
  for (const [prefer, seconds] of table) assert.equal(readWait({ headers: { prefer } }), seconds, prefer)
})

test('RFC 7240 §3: Preference-Applied tells', () => {
  assert.deepEqual(waitApplied(0), { 'preference-applied': 'wait=0' })
  assert.deepEqual(waitApplied(undefined), {})
})
