import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Bounds, checkHistory } from '../../prove/faults/check-history.ts'
import type { Event, FaultBegins } from '../../prove/faults/history.ts'

// A lease of 5 s: a hold is 1.5 s, so 3.5 s are surely left when the way breaks; 2 % of them and the slack are the machine's.
const bounds: Bounds = { leaseMs: 5000, waitMs: 5150, slackMs: 200 }
const left = 0.98 * 3500 - 200
const token = 1
const born: Event = { what: 'born', at: 0, token, user: 'ada', expires: 1_000_000 }
const ending = (at: number): Event => ({ what: 'ending', at, token, kind: 'sign-out' })
const confirmed = (at: number): Event => ({ what: 'confirmed', at, token })
const checks = (sent: number, at: number, verdicts: string, service = 'orders'): Event => ({
  ...{ what: 'checks', sent, at, service, tokens: [token], verdicts },
  reasons: verdicts === 'a' ? [] : [verdicts === 'u' ? 'no_lease' : 'session_ended'],
})
const fault = (at: number, more: Partial<FaultBegins> = {}): Event => ({
  ...{ what: 'fault', at, fault: 1, kind: 'verifier: way silent', on: 'orders' },
  ...{ isPlanned: false, severs: ['orders'], holds: false, recovers: 3000, ...more },
})
const over = (at: number): Event => ({ what: 'fault over', at, fault: 1 })
const request = (sent: number, at: number, more: Partial<Extract<Event, { what: 'request' }>> = {}): Event => ({
  ...{ what: 'request', sent, at, path: 'POST /session/sign-out', status: 200, isConfirmed: true, tries: 0, ...more },
})

/** What was counted, and the kind of the first violation. */
function judged(...events: Event[]): [accepted: number, refused: number, waited: number, lost: number, kind: string | undefined] {
  const told = checkHistory(events, bounds)
  const { acceptedAfterConfirmed, goodRefusedOutOfBound, waitsOutOfBound, lostAnswers, violations } = told
  return [acceptedAfterConfirmed, goodRefusedOutOfBound, waitsOutOfBound, lostAnswers, violations[0]?.kind]
}
const nothing = [0, 0, 0, 0, undefined]

test('a history in which all is well has no violation', () => {
  const history = [born, checks(1, 2, 'a'), ending(10), checks(11, 13, 'a'), checks(11, 14, 'r'), confirmed(20), checks(21, 22, 'r')]
  assert.deepEqual(judged(...history, request(10, 20)), nothing)
  const { checks: count, good, accepted } = checkHistory(history, bounds)
  assert.deepEqual([count, good, accepted], [4, 1, 2])
})

test('RV-2: accepted after confirmed: only what was sent after the confirmed answer came', () => {
  const begin = [born, ending(10), confirmed(20)]
  assert.deepEqual(judged(...begin, checks(20.1, 25, 'a')), [1, 0, 0, 0, 'accepted after confirmed'])
  assert.deepEqual(judged(...begin, checks(19.9, 9000, 'a')), nothing, 'it was sent before')
  assert.deepEqual(judged(born, ending(10), checks(30, 40, 'a')), nothing, 'nothing was confirmed')
  // No fault excuses it.
  assert.deepEqual(judged(...begin, fault(20), checks(6000, 6001, 'a'), over(7000)), [1, 0, 0, 0, 'accepted after confirmed'])
})

test('its timeline shows the few events that matter, and how long before each was', () => {
  const noise = Array.from({ length: 50 }, (_, index) => checks(100 + index, 101 + index, 'a'))
  const history = [born, ...noise, fault(9000), ending(9500), over(9700), confirmed(9900), checks(10_000, 10_010, 'a')]
  const [violation] = checkHistory(history, bounds).violations
  assert.match(violation?.text ?? '', /^orders accepted a request sent 100\.0 ms after sign-out was confirmed$/)
  const lines = violation!.timeline.split('\n').map((line) => line.trim())
  assert.deepEqual(lines, [
    '-10010.0 ms  the token is born',
    '-9909.0 ms  orders accepts (sent 9910.0 before)',
    '-1010.0 ms  verifier: way silent begins: orders',
    '-510.0 ms  sign-out is sent',
    '-310.0 ms  verifier: way silent is over: orders',
    '-110.0 ms  the token is confirmed',
    '-0.0 ms  orders accepts (sent 10.0 before)',
  ])
})

test('V6: a leap of its wall clock ends a verifier’s lease until the next answer, so one that is cut off just then cannot say', () => {
  const refused = [0, 1, 0, 0, 'good refused']
  const leaps = (on: string) => fault(100, { fault: 2, kind: 'verifier: clock leaps', on: `${on}, by -9810 s and back`, severs: [] })
  const back: Event = { what: 'fault over', at: 2000, fault: 2 }
  const cut = [fault(2200), checks(2250, 2260, 'u'), over(2700)]
  assert.deepEqual(judged(born, leaps('orders'), back, ...cut), nothing)
  assert.deepEqual(judged(born, leaps('billing'), back, ...cut), refused, 'it was the clock of another')
  assert.deepEqual(judged(born, leaps('orders'), back, checks(2250, 2260, 'u')), refused, 'it could ask the issuer')
  assert.deepEqual(judged(born, leaps('orders'), back, fault(9000), checks(9010, 9020, 'u'), over(9500)), refused, 'it has a lease again')
})

test('good refused: without a fault, with one of somebody else, for a wrong reason, too early, or too late', () => {
  const refused = [0, 1, 0, 0, 'good refused']
  assert.deepEqual(judged(born, checks(1, 2, 'u')), refused)
  assert.deepEqual(judged(born, fault(0, { severs: ['billing'] }), checks(4000, 4001, 'u'), over(9000)), refused)
  assert.deepEqual(judged(born, fault(0), checks(4000, 4001, 'r'), over(9000)), refused, 'a verifier that cannot know says so')
  assert.deepEqual(judged(born, fault(0), checks(left - 20, left - 10, 'u'), over(9000)), refused, 'its lease lasts still')
  assert.deepEqual(judged(born, fault(0), over(4000), checks(7201, 7300, 'u')), refused, 'it had time to ask again')
  assert.deepEqual(judged(born, fault(0), over(500), checks(600, 700, 'u')), refused, 'a short fault is no reason at all')
})

test('JK-4: after a declared restore a key may be unknown until the next look at the keys, five seconds at most; never otherwise', () => {
  const unknown = (sent: number): Event => ({ ...checks(sent, sent + 4, 'r'), reasons: ['kid_unknown'] }) as Event
  const restore = { kind: 'backup restored', severs: [] }
  const reborn: Event = { ...born, at: 1000 } as Event
  assert.deepEqual(judged(fault(0, restore), reborn, over(2000), unknown(6900)), nothing)
  assert.deepEqual(judged(fault(0, restore), reborn, over(2000), unknown(7300)), [0, 1, 0, 0, 'good refused'])
  assert.deepEqual(judged(fault(0, { severs: [] }), reborn, over(2000), unknown(2500)), [0, 1, 0, 0, 'good refused'])
})

test('good refused, within the bound: counted for its fault', () => {
  const history = [born, fault(0), checks(left, left + 10, 'u'), checks(5000, 5001, 'u'), over(6000), checks(8000, 8001, 'u')]
  const told = checkHistory(history, bounds)
  assert.deepEqual([told.goodRefused, told.goodRefusedOutOfBound], [3, 0])
  const { times, lasted, goodRefused } = told.faults['verifier: way silent']!
  assert.deepEqual([times, lasted, goodRefused], [1, 6000, 3])
})

test('not good is what is being ended, has expired, is not born yet, or was of before a restore', () => {
  assert.deepEqual(judged(born, ending(10), checks(1, 11, 'r')), nothing)
  assert.deepEqual(judged(born, checks(1_000_000, 1_000_001, 'r')), nothing)
  assert.deepEqual(judged({ ...born, at: 5 } as Event, checks(4, 6, 'r')), nothing)
  assert.deepEqual(judged(born, { what: 'restored', at: 5 }, checks(6, 7, 'r')), nothing)
  // What was spared is good again.
  assert.deepEqual(judged(born, ending(10), { what: 'spared', at: 20, token }, checks(21, 22, 'r')), [0, 1, 0, 0, 'good refused'])
})

test('R2: what was confirmed before a restore is never accepted after it', () => {
  const history = [born, ending(10), confirmed(20), { what: 'restored', at: 30 } as const]
  assert.deepEqual(judged(...history, checks(40, 50, 'a')), [1, 0, 0, 0, 'accepted after confirmed'])
})

test('RV-4: a wait beyond W; what holds people up counts, a verifier never does', () => {
  const tooLong = [0, 0, 1, 0, 'waited too long']
  const least = 1.02 * bounds.waitMs + bounds.slackMs
  assert.deepEqual(judged(request(0, least - 1)), nothing)
  assert.deepEqual(judged(request(0, least + 1)), tooLong)
  assert.deepEqual(judged(fault(0), request(0, least + 1), over(9000)), tooLong, 'a silent verifier is what W is for')
  assert.deepEqual(judged(fault(0, { holds: true }), over(1000), request(0, least + 3999)), nothing)
  assert.deepEqual(judged(fault(0, { holds: true }), over(1000), request(0, least + 4001)), tooLong)
  assert.deepEqual(judged(request(0, least + 1, { isConfirmed: false })), nothing)
  // D3, D4: a longer lease makes a longer wait, until W is lowered.
  const raised: Event = { what: 'wait', at: -10, ms: 30_000 }
  assert.deepEqual(judged(raised, request(0, 30_000)), nothing)
  assert.deepEqual(judged(raised, { what: 'wait', at: -5, ms: 5150 }, request(0, 30_000)), tooLong)
})

test('lost answers: a device that nobody ended is unknown, or one that was ended lives', () => {
  const used = (sent: number, at: number, status: number): Event => ({ what: 'used', sent, at, token, status })
  const lost = [0, 0, 0, 1, 'lost answer']
  assert.deepEqual(judged(born, used(1, 2, 200)), nothing)
  assert.deepEqual(judged(born, used(1, 2, 401)), lost)
  assert.deepEqual(judged(born, used(1, 2, 503)), nothing, 'the database is away: nothing is lost')
  assert.deepEqual(judged(born, ending(10), used(11, 12, 401)), nothing)
  assert.deepEqual(judged(born, ending(10), confirmed(20), used(21, 22, 200)), lost)
  assert.deepEqual(judged(born, ending(10), confirmed(20), used(19, 22, 200)), nothing)
})

test('requests of people that failed while a fault lasted are counted for it', () => {
  const planned = fault(0, { kind: 'rolling restart', isPlanned: true })
  const { faults } = checkHistory([planned, request(1, 2, { tries: 1 }), request(3, 4, { status: 503 }), over(5)], bounds)
  const { retried, failed, isPlanned } = faults['rolling restart']!
  assert.deepEqual([retried, failed, isPlanned], [1, 1, true])
})
