import assert from 'node:assert/strict'
import { test } from 'node:test'
import { check, type Promises } from '../../simulation/checker.ts'
import type { Happening, Target, TokenFacts } from '../../simulation/history.ts'
import { EPOCH } from '../../simulation/machine.ts'
import { timeline } from '../../simulation/timeline.ts'

const promises: Promises = { patience: 2_000, wait: 5_500, healthy: false, healthyWait: 50 }
const token: TokenFacts = {
  ...{ jti: 'token-1', user: 'alice', client: 'web', audience: 'https://api.example', sid: 'session-1', gid: 'grant-1' },
  ...{ born: 10, granted: 10, password: 1, rights: 1, exp: EPOCH / 1000 + 300 },
}

/** A token, an ending that is confirmed at 1,000, and what comes after. */
function history(target: Target, after: readonly Happening[], of: Partial<TokenFacts> = {}): Happening[] {
  return [
    { at: 20, what: 'minted', token: { ...token, ...of } },
    { at: 900, what: 'ending', ending: 1, target },
    { at: 905, what: 'entry', seq: 7, text: '' },
    { at: 1_000, what: 'answered', ending: 1, confirmed: true, seq: 7, waited: 95 },
    ...after,
  ]
}

function request(begun: number, decided: number, more: { own?: boolean; refused?: string; unavailable?: boolean } = {}): Happening[] {
  const { own = true, refused, unavailable } = more
  const decision = { at: decided, what: 'decided', call: 1, accepted: refused === undefined, own, reason: refused ?? '' } as const
  return [
    { at: begun, what: 'call', call: 1, jti: 'token-1', verifier: 'orders' },
    { ...decision, ...(unavailable ? { unavailable } : {}) },
  ]
}

const broken = (happenings: readonly Happening[], given = promises) => check(happenings, given).map(({ promise }) => promise)

test('Safety: an acceptance from the own copy after a confirmed answer is found, whenever the request began', () => {
  for (const begun of [500, 1_001]) assert.deepEqual(broken(history({ session: 'session-1' }, request(begun, 1_002))), ['safety'])
})

test('Safety: an acceptance before the confirmed answer is none of its business', () => {
  assert.deepEqual(broken(history({ session: 'session-1' }, request(500, 999))), [])
})

test('Safety, V5: an answer of the issuer may stand for a request begun before, for its patience and no longer', () => {
  const by = { own: false }
  assert.deepEqual(broken(history({ session: 'session-1' }, request(990, 1_900, by))), [])
  assert.deepEqual(broken(history({ session: 'session-1' }, request(1_001, 1_002, by))), ['safety'])
  assert.deepEqual(broken(history({ session: 'session-1' }, request(990, 3_001, by))), ['safety'])
})

test('Safety: each sort of ending ends what it names, and nothing else', () => {
  const after = request(1_100, 1_101)
  const table: readonly [Target, Partial<TokenFacts>, boolean][] = [
    [{ session: 'session-2' }, {}, false],
    [{ sessions: ['session-0', 'session-1'] }, {}, true],
    [{ grant: 'grant-1' }, {}, true],
    [{ grant: 'grant-2' }, {}, false],
    [{ token: 'token-1' }, {}, true],
    [{ user: 'alice' }, {}, true],
    [{ user: 'bob' }, {}, false],
    [{ user: 'alice' }, { born: 906 }, false],
    [{ everything: true }, {}, true],
    [{ everything: true }, { born: 906 }, false],
    [{ client: 'web' }, {}, true],
    [{ client: 'web' }, { granted: 906 }, false],
    [{ rights: 2, user: 'alice' }, {}, true],
    [{ rights: 2, user: 'alice' }, { rights: 2 }, false],
  ]
  for (const [target, of, isEnded] of table) {
    assert.deepEqual(broken(history(target, after, of)), isEnded ? ['safety'] : [], JSON.stringify([target, of]))
  }
})

test('Safety, P1: an old password never outlives its change, however late it was born', () => {
  const target: Target = { user: 'alice', password: 2 }
  assert.deepEqual(broken(history(target, request(1_100, 1_101), { born: 2_000 })), ['safety'])
  assert.deepEqual(broken(history(target, request(1_100, 1_101), { born: 2_000, password: 2 })), [])
  assert.deepEqual(broken(history(target, request(1_100, 1_101), { password: 2, spared: 2 })), [])
})

test('Safety: an ending that was answered pending promises nothing yet', () => {
  const happenings = history({ session: 'session-1' }, request(1_100, 1_101)).map((one) =>
    one.what === 'answered' ? { ...one, confirmed: false } : one,
  )
  assert.deepEqual(broken(happenings), [])
})

test('M2: a mint that was asked for after the confirmed answer is found, one that raced with it is not', () => {
  const made = (begun: number): Happening[] => [{ at: 1_200, what: 'refreshed', begun, jti: 'token-1', from: 'a refresh' }]
  assert.deepEqual(broken(history({ session: 'session-1' }, made(1_001))), ['mint'])
  assert.deepEqual(broken(history({ session: 'session-1' }, made(950))), [])
})

test('Bounded wait: an answer later than the wait is found; a healthy run has a shorter one', () => {
  const late = (waited: number): Happening[] => [{ at: 9_000, what: 'answered', ending: 2, confirmed: true, seq: 8, waited }]
  assert.deepEqual(broken(late(5_400)), [])
  assert.deepEqual(broken(late(5_600)), ['bound'])
  assert.deepEqual(broken(late(60), { ...promises, healthy: true }), ['bound'])
})

test('Availability: a good token that is refused is found, and one that may have ended, or expires, is not', () => {
  const good = request(500, 501, { refused: 'session_ended' })
  assert.deepEqual(broken(history({ session: 'session-2' }, good)), ['availability'])
  assert.deepEqual(broken(history({ session: 'session-1' }, request(950, 951, { refused: 'session_ended' }))), [])
  const over = { exp: EPOCH / 1000 }
  assert.deepEqual(broken(history({ session: 'session-2' }, request(950, 951, { refused: 'inactive_at_issuer' }), over)), [])
})

test('Availability: want of a lease is an excuse, but not in a healthy run', () => {
  const refused = history({ session: 'session-2' }, request(500, 501, { refused: 'issuer_failed', unavailable: true }))
  assert.deepEqual(broken(refused), [])
  assert.deepEqual(broken(refused, { ...promises, healthy: true, healthyWait: 1_000 }), ['availability'])
})

test('V3: a stream that goes on under a token which its verifier refuses is found', () => {
  const going: Happening = { at: 1_100, what: 'streaming', jti: 'token-1', verifier: 'orders', reason: 'session_ended' }
  assert.deepEqual(broken(history({ session: 'session-1' }, [going])), ['signal'])
})

test('a violation is told with what led to it, and nothing about anybody else', () => {
  const happenings: Happening[] = [
    { at: 1, what: 'note', who: 'photos', text: 'crashes' },
    { at: 2, what: 'note', who: 'orders', text: 'stopped for 3 ms' },
    ...history({ session: 'session-1' }, request(1_001, 1_002)),
  ]
  const [violation] = check(happenings, promises)
  const lines = timeline(happenings, violation!)
  assert.equal(lines.length, 8)
  assert.match(lines[0]!, /orders +stopped for 3 ms/)
  assert.match(lines.at(-1)!, /✗ safety: orders accepted a token of alice from its own copy, 2\.00 ms after ending 1/)
  assert.ok(!lines.some((line) => line.includes('photos')))
})
