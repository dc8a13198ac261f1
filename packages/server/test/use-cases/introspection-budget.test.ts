import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OAuthError } from '../../src/errors.ts'
import { openIntrospectionBudget } from '../../src/use-cases/introspection-budget.ts'

/** Turns that the test begins. */
function handTurned() {
  const turns: (() => void)[] = []
  return { turn: (run: () => void) => void turns.push(run), next: () => turns.shift()?.(), turns }
}

test('V5: sixteen introspections a turn, in order; between two turns everybody else has theirs', async () => {
  const hand = handTurned()
  const budget = openIntrospectionBudget(hand)
  const begun: number[] = []
  const asked = Array.from({ length: 40 }, (_, index) => budget.spend(async () => begun.push(index)))
  assert.deepEqual(begun, [])
  for (const expected of [16, 32, 40]) {
    hand.next()
    assert.equal(begun.length, expected)
  }
  assert.deepEqual(hand.turns, [], 'with nobody waiting no turn is asked for')
  assert.deepEqual(
    begun,
    [...begun].sort((a, b) => a - b),
  )
  await Promise.all(asked)
})

test('V5, RL-2: who comes when too many wait gets 503 and when to come back; one that fails takes nobody with it', async () => {
  const hand = handTurned()
  const budget = openIntrospectionBudget(hand)
  const failing = budget.spend(async () => Promise.reject(new Error('the database is away')))
  const good = Array.from({ length: 1023 }, () => budget.spend(async () => 'good'))
  await assert.rejects(
    budget.spend(async () => 'late'),
    (error) => error instanceof OAuthError && error.code === 'temporarily_unavailable' && error.headers['retry-after'] === '1',
  )
  while (hand.turns.length > 0) hand.next()
  await assert.rejects(failing, /away/)
  assert.deepEqual(new Set(await Promise.all(good)), new Set(['good']))
  const again = budget.spend(async () => 'again')
  hand.next()
  assert.equal(await again, 'again')
})
