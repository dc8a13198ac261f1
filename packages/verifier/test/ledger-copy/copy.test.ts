import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry } from '@curfew/verifier/wire'
import { type Coverable, type Covering, type LedgerCopy, makeCopy } from '../../src/ledger-copy/copy.ts'

const token: Coverable = { sid: 'sid-1', gid: 'gid-1', jti: 'jti-1', usr: 'usr-1', client_id: 'app', pos: 10, seq: 20 }

function copyWith(...entries: Entry[]): LedgerCopy {
  const copy = makeCopy()
  copy.take(entries)
  copy.advance(Math.max(0, ...entries.map((entry) => entry.seq)), 0)
  return copy
}

test('Covered, JV-23: what ended by name, and positions below a cut or a change of rights, each with its reason', () => {
  const cases: [Entry, Covering | undefined][] = [
    [{ seq: 30, until: 9, ended: { sid: 'sid-1' } }, 'session_ended'],
    [{ seq: 30, until: 9, ended: { gid: 'gid-1' } }, 'grant_ended'],
    [{ seq: 30, until: 9, ended: { jti: 'jti-1' } }, 'token_ended'],
    [{ seq: 30, until: 9, ended: { kid: 'key-1' } }, 'key_ended'],
    [{ seq: 30, until: 9, ended: { sid: 'gid-1' } }, undefined],
    [{ seq: 30, until: 9, ended: { jti: 'sid-1' } }, undefined],
    [{ seq: 11, until: 9, cut: { usr: 'usr-1' } }, 'user_cut'],
    [{ seq: 10, until: 9, cut: { usr: 'usr-1' } }, undefined],
    [{ seq: 11, until: 9, cut: { usr: 'usr-2' } }, undefined],
    [{ seq: 11, until: 9, cut: { client_id: 'app' } }, 'client_cut'],
    [{ seq: 10, until: 9, cut: { client_id: 'app' } }, undefined],
    [{ seq: 11, until: 9, cut: {} }, 'everything_cut'],
    [{ seq: 10, until: 9, cut: {} }, undefined],
    [{ seq: 21, until: 9, stale: { usr: 'usr-1' } }, 'user_stale'],
    [{ seq: 20, until: 9, stale: { usr: 'usr-1' } }, undefined],
    [{ seq: 21, until: 9, stale: { client_id: 'app' } }, 'client_stale'],
    [{ seq: 21, until: 9, stale: {} }, 'everything_stale'],
    [{ seq: 20, until: 9, stale: {} }, undefined],
  ]
  for (const [entry, covering] of cases) assert.equal(copyWith(entry).covers(token, 'key-1'), covering, JSON.stringify(entry))
})

test('Covered: a client’s own token has no user, session or grant, and is covered all the same', () => {
  const own: Coverable = { jti: 'j', client_id: 'app', pos: 10, seq: 10 }
  assert.equal(copyWith({ seq: 11, until: 9, cut: { usr: 'undefined' } }).covers(own, 'k'), undefined)
  assert.equal(copyWith({ seq: 11, until: 9, cut: { client_id: 'app' } }).covers(own, 'k'), 'client_cut')
  assert.equal(copyWith({ seq: 11, until: 9, cut: {} }).covers(own, 'k'), 'everything_cut')
})

test('RV-6: the highest cut counts, in whatever order they come', () => {
  const entries: Entry[] = [
    { seq: 11, until: 9, cut: { usr: 'usr-1' } },
    { seq: 5, until: 9, cut: { usr: 'usr-1' } },
    { seq: 7, until: 9, cut: {} },
  ]
  for (const order of [entries, [...entries].reverse()]) assert.equal(copyWith(...order).covers(token, 'k'), 'user_cut')
})

test('V3, JV-23: nothing goes back: a late or doubled answer changes neither number nor horizon nor what ended', () => {
  const copy = copyWith({ seq: 30, until: 99, ended: { sid: 'sid-1' } })
  copy.advance(40, 50)
  copy.take([{ seq: 30, until: 99, ended: { sid: 'sid-1' } }])
  copy.advance(12, 20)
  assert.deepEqual([copy.seq, copy.horizon, copy.covers(token, 'k'), copy.size()], [40, 50, 'session_ended', 1])
})

test('question S8, E3: an entry is forgotten when its second is at the horizon, not before', () => {
  const entries: Entry[] = [
    { seq: 1, until: 100, ended: { sid: 'a' } },
    { seq: 2, until: 101, ended: { sid: 'b' } },
    { seq: 3, until: 100, cut: { usr: 'usr-1' } },
    { seq: 4, until: 101, stale: { client_id: 'app' } },
    { seq: 5, until: 100, cut: {} },
  ]
  const copy = copyWith(...entries)
  assert.equal(copy.size(), 5)
  copy.advance(5, 99)
  assert.equal(copy.size(), 5)
  copy.advance(5, 100)
  assert.equal(copy.size(), 2)
  assert.equal(copy.covers({ ...token, sid: 'a', pos: 0, seq: 9 }, 'k'), undefined)
  assert.equal(copy.covers({ ...token, sid: 'b', pos: 0, seq: 9 }, 'k'), 'session_ended')
  assert.equal(copy.covers({ ...token, pos: 0, seq: 0 }, 'k'), 'client_stale')
})

test('V1: only entries have tokens held against the copy anew: an answer without any, as each held request ends with, has not', () => {
  const copy = copyWith()
  const before = copy.revision
  copy.take([])
  assert.equal(copy.revision, before)
  copy.take([{ seq: 1, until: 9, ended: { sid: 'a' } }])
  assert.notEqual(copy.revision, before)
})

test('RV-6, E3: whoever was cut, and whose cut was forgotten, can be cut again', () => {
  for (const whom of [{ usr: 'usr-1' }, { client_id: 'app' }, {}]) {
    const copy = copyWith({ seq: 11, until: 100, cut: whom })
    copy.advance(11, 100)
    assert.equal(copy.covers({ ...token, pos: 0 }, 'k'), undefined)
    copy.take([{ seq: 12, until: 200, cut: whom }])
    assert.notEqual(copy.covers(token, 'k'), undefined, JSON.stringify(whom))
    copy.advance(12, 199)
    assert.notEqual(copy.covers(token, 'k'), undefined)
  }
})

test('E3: a mark that is raised is remembered for the longer of its times; what is forgotten of everything leaves nothing behind', () => {
  for (const whom of [{ usr: 'usr-1' }, { client_id: 'app' }, {}]) {
    const copy = copyWith({ seq: 30, until: 200, cut: whom }, { seq: 31, until: 100, cut: whom }, { seq: 12, until: 150, stale: whom })
    assert.equal(copy.size(), 2, JSON.stringify(whom))
    copy.advance(31, 150)
    assert.deepEqual([copy.size(), copy.covers({ ...token, pos: 30 }, 'k') !== undefined], [1, true], 'the highest number, the last second')
    copy.advance(31, 199)
    assert.equal(copy.size(), 1)
    copy.advance(31, 200)
    assert.deepEqual([copy.size(), copy.covers({ ...token, pos: 0, seq: 0 }, 'k')], [0, undefined])
  }
})
