import assert from 'node:assert/strict'
import { test } from 'node:test'
import { everyFault } from '../../prove/faults/kinds-of-fault.ts'
import { repeatable } from '../../prove/faults/repeatable.ts'
import { faultKinds, kindsOf, schedule } from '../../prove/faults/schedule.ts'

const all = { postgres: true, nodes: true, faketime: true, strace: true }
const first = (seed: number, count: number, isShort = false, means = all): Record<string, unknown[]> =>
  Object.fromEntries(
    Object.entries(schedule(seed, means, isShort)).map(([lane, faults]) => [
      lane,
      Array.from({ length: count }, () => faults.next().value),
    ]),
  )

test('a seed repeats its schedule, another makes another', () => {
  assert.deepEqual(first(7, 60), first(7, 60))
  assert.notDeepEqual(first(7, 60), first(8, 60))
})

test('every kind of fault can be carried out, and each comes in the first round', () => {
  assert.deepEqual(Object.keys(everyFault).toSorted(), Object.keys({ ...faultKinds, ...everyFault }).toSorted())
  const lanes = first(1, 40) as Record<string, { kind: string }[]>
  const seen = new Set(Object.values(lanes).flatMap((faults) => faults.map(({ kind }) => kind)))
  assert.deepEqual(
    kindsOf(all).filter((kind) => !seen.has(kind) || !everyFault[kind]),
    [],
  )
})

test('what is not to be had is left out', () => {
  const without = kindsOf({ postgres: false, nodes: false, faketime: false, strace: false })
  assert.deepEqual(
    without.filter((kind) => /clock|disk|database|upgrade|backup/.test(kind)),
    [],
  )
  assert.ok(without.length > 10)
})

test('only whole requests that do the same when they are done twice are sent again', () => {
  const request = (line: string, body = '', length = body.length): Buffer =>
    Buffer.from(`${line} HTTP/1.1\r\nHost: here\r\nContent-Length: ${length}\r\n\r\n${body}`)
  for (const line of ['POST /ledger/follow', 'POST /session/sign-out', 'POST /session/refresh', 'DELETE /sessions/abc', 'POST /introspect'])
    assert.equal(repeatable(request(line, '{}')), true, line)
  for (const line of [
    'POST /session/sign-in',
    'POST /sign-up',
    'POST /password',
    'POST /token',
    'GET /sessions',
    'DELETE /sessions',
    'DELETE /sessions?except=current',
    'POST /ledger/followed',
  ])
    assert.equal(repeatable(request(line, '{}')), false, line)
  assert.equal(repeatable(request('POST /ledger/follow', '{}', 3)), false, 'the rest of it is under way')
  assert.equal(repeatable(Buffer.from('{"version": 1}')), false)
})
