import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CheckedToken } from '../src/decide.ts'
import { makeTokenCache } from '../src/token-cache.ts'

const token = () => ({}) as CheckedToken

test('the whole text decides, not the characters that it is found by', () => {
  const cache = makeTokenCache(10)
  const [one, two] = [token(), token()]
  cache.set('Bearer aaaa.123456789012', one)
  assert.equal(cache.get('Bearer aaaa.123456789012'), one)
  for (const other of ['Bearer bbbb.123456789012', 'bearer aaaa.123456789012', 'aaaa.123456789012', '123456789012', ''])
    assert.equal(cache.get(other), undefined)
  cache.set('Bearer bbbb.123456789012', two)
  assert.deepEqual(
    [cache.get('Bearer aaaa.123456789012'), cache.get('Bearer bbbb.123456789012') === two, cache.size()],
    [undefined, true, 1],
  )
})

test('it is bounded: what came first goes first; 0 remembers nothing', () => {
  const cache = makeTokenCache(3)
  const text = (number: number) => `Bearer ${String(number).padStart(20, '0')}`
  for (let number = 0; number < 1000; number++) cache.set(text(number), token())
  assert.equal(cache.size(), 3)
  assert.deepEqual(
    [996, 997, 998, 999].map((number) => cache.get(text(number)) !== undefined),
    [false, true, true, true],
  )
  cache.clear()
  assert.equal(cache.size(), 0)
  const none = makeTokenCache(0)
  none.set(text(1), token())
  assert.equal(none.get(text(1)), undefined)
})
