import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEntry, readFollowAnswer, readFollowRequest, readReceipt, readReleaseRequest } from '@curfew/verifier/wire'

const id = 'AAAAAAAAAAAAAAAAAAAAAA'

test('V9: an entry is of a sort and a name that are known, or it is not read at all', () => {
  const good = [
    { seq: 42, ended: { sid: 's_1' }, until: 1764000360 },
    { seq: 1, ended: { gid: 'g' }, until: 0 },
    { seq: 2, ended: { jti: 't' }, until: 9 },
    { seq: 3, ended: { kid: 'k' }, until: 9 },
    { seq: 43, cut: { usr: 'u_7' }, until: 1764000361 },
    { seq: 44, stale: { client_id: 'c' }, until: 1764000361 },
    { seq: 45, cut: {}, until: 1764000362 },
  ]
  for (const entry of good) assert.deepEqual(readEntry(entry), entry)
  const unknown = [
    { seq: 1, frozen: { sid: 's' }, until: 9 },
    { seq: 1, ended: { device: 'd' }, until: 9 },
    { seq: 1, ended: {}, until: 9 },
    { seq: 1, ended: { sid: 's', gid: 'g' }, until: 9 },
    { seq: 1, ended: { sid: 's' }, until: 9, except: { jti: 't' } },
    { seq: 1, ended: { sid: 's' }, cut: {}, until: 9 },
    { seq: 1, cut: { usr: 'u', client_id: 'c' }, until: 9 },
    { seq: 1, cut: { tenant: 't' }, until: 9 },
    { seq: 1, cut: { usr: 7 }, until: 9 },
    { seq: 1, cut: null, until: 9 },
    { seq: 0, cut: {}, until: 9 },
    { seq: 1.5, cut: {}, until: 9 },
    { seq: '1', cut: {}, until: 9 },
    { seq: 1, cut: {} },
    { seq: 1, ended: { sid: '' }, until: 9 },
    null,
    [],
    'ended',
  ]
  for (const entry of unknown) assert.equal(readEntry(entry), undefined, JSON.stringify(entry))
})

test('follow: a request is read strictly, and a problem says which member', () => {
  const good = { version: 1, id, after: 41, hold: 1500, on_lease_lost: 'introspect' }
  assert.deepEqual(readFollowRequest(good), good)
  assert.deepEqual(readFollowRequest({ ...good, spare: true }), { ...good, spare: true })
  const wrong: [object, string][] = [
    [{ version: 2 }, 'version'],
    [{ id: 'short' }, 'id'],
    [{ id: `${id}!` }, 'id'],
    [{ id: 'A'.repeat(65) }, 'id'],
    [{ after: -1 }, 'after'],
    [{ after: 2 ** 53 }, 'after'],
    [{ after: '1' }, 'after'],
    [{ hold: -1 }, 'hold'],
    [{ hold: 0.5 }, 'hold'],
    [{ on_lease_lost: 'hope' }, 'on_lease_lost'],
    [{ spare: false }, 'spare'],
    [{ spare: 1 }, 'spare'],
  ]
  for (const [change, member] of wrong) {
    const read = readFollowRequest({ ...good, ...change })
    assert.ok('problem' in read && read.problem.startsWith(`${member}:`), JSON.stringify([change, read]))
  }
  for (const value of [null, [], 'x', undefined]) assert.ok('problem' in readFollowRequest(value))
  assert.deepEqual(readReleaseRequest({ version: 1, id }), { version: 1, id })
  assert.ok('problem' in readReleaseRequest({ version: 1 }))
})

test('V9, F5: an answer is read whole or not at all; what is unknown is told from what is broken', () => {
  const good = { version: 1, entries: [{ seq: 42, ended: { sid: 's' }, until: 9 }], up_to: 45, horizon: 5, lease: 5000 }
  assert.deepEqual(readFollowAnswer(good), good)
  const isUnknown = (change: object) => {
    const read = readFollowAnswer({ ...good, ...change })
    assert.ok('problem' in read, JSON.stringify(change))
    return read.unknown === true
  }
  assert.ok(isUnknown({ version: 2 }))
  assert.ok(isUnknown({ version: undefined }))
  assert.ok(isUnknown({ entries: [{ seq: 42, frozen: {}, until: 9 }] }))
  const entry = good.entries[0]
  for (const change of [
    { entries: 7 },
    { entries: [entry, entry] },
    { up_to: 41 },
    { up_to: -1 },
    { horizon: 1.5 },
    { lease: -1 },
    { lease: 600_001 },
    { lease: '5000' },
    { entries: Array.from({ length: 10_001 }, (_, at) => ({ ...entry, seq: at + 1 })), up_to: 20_000 },
  ]) {
    assert.equal(isUnknown(change), false, JSON.stringify(change).slice(0, 100))
  }
})

test('S4: a receipt is read with each of the forms that it may have', () => {
  const verifiers = [{ name: 'orders-api', acknowledged: 3, gone: 0, lease_over: 1, waiting: 0, slowest_ms: 3 }]
  const base = { iss: 'https://i', iat: 1, jti: 'j', seq: 42, until: 9, committed_at: 1.5, verifiers, uncovered: [], kept: [] }
  const good = [
    { ...base, ended: { sid: 's' }, outcome: 'confirmed', took_ms: 4 },
    { ...base, ended: [{ sid: 's' }, { sid: 't' }], outcome: 'pending', latest_in_ms: 4100 },
    { ...base, cut: {}, outcome: 'confirmed', uncovered: [{ aud: 'https://a', until: 7 }] },
    { ...base, stale: { usr: 'u' }, outcome: 'confirmed', kept: [{ client: 'mobile', scope: 'mail offline_access' }] },
  ]
  for (const receipt of good) assert.deepEqual(readReceipt(receipt), receipt)
  const [one] = good
  for (const change of [
    { outcome: 'maybe' },
    { cut: {} },
    { ended: undefined, cut: undefined },
    { ended: { device: 'd' } },
    { ended: [{ sid: 1 }] },
    { seq: '42' },
    { verifiers: [{ name: 'x' }] },
    { uncovered: [{ aud: 7, until: 1 }] },
    { kept: {} },
    { took_ms: Number.NaN },
  ]) {
    assert.equal(readReceipt({ ...one, ...change }), undefined, JSON.stringify(change))
  }
})
