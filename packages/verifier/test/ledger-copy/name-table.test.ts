import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { makeNameTable } from '../../src/ledger-copy/name-table.ts'

/** Names as they are on the wire, the same in each run. */
const nameOf = (number: number) => createHash('sha256').update(String(number)).digest().subarray(0, 16).toString('base64url')

test('Covered: 40,000 names, far beyond where names are kept whole: each is found, no other is, and each is forgotten in its second', () => {
  const table = makeNameTable()
  for (let number = 0; number < 40_000; number++) table.add(nameOf(number), 1_764_000_000 + (number % 4))
  assert.equal(table.size(), 40_000)
  for (let number = 0; number < 40_000; number++) assert.ok(table.has(nameOf(number)))
  for (let number = 40_000; number < 80_000; number++) assert.equal(table.has(nameOf(number)), false)
  table.forget(1_764_000_001)
  assert.equal(table.size(), 20_000)
  for (let number = 0; number < 40_000; number++) assert.equal(table.has(nameOf(number)), number % 4 > 1)
  table.forget(1_764_000_009)
  assert.equal(table.size(), 0)
})

test('Covered: names that are not 16 random bytes stay whole, and a name twice is one name with the later second', () => {
  const table = makeNameTable(2)
  for (const name of ['key-2026', 'a', nameOf(1), nameOf(2), nameOf(1), 'key-2026']) table.add(name, 10)
  table.add(nameOf(1), 20)
  table.add('a', 20)
  table.add(nameOf(1), 5)
  assert.equal(table.size(), 4)
  table.forget(10)
  assert.deepEqual(
    [table.size(), table.has(nameOf(1)), table.has('a'), table.has('key-2026'), table.has(nameOf(2))],
    [2, true, true, false, false],
  )
})

test('Covered: names that differ in a single character are different names', () => {
  const table = makeNameTable(0)
  const name = nameOf(7)
  table.add(name, 10)
  for (let at = 0; at < 12; at++) {
    const other = name.slice(0, at) + (name[at] === 'A' ? 'B' : 'A') + name.slice(at + 1)
    assert.equal(table.has(other), false, `character ${at}`)
  }
})

test('Covered: each of the 64 characters, at each place that is looked at, makes another name', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  for (const base of ['A'.repeat(22), '_'.repeat(22), nameOf(3)]) {
    const table = makeNameTable(0)
    table.add(base, 10)
    for (let at = 0; at < 12; at++) {
      for (const letter of alphabet) {
        const name = base.slice(0, at) + letter + base.slice(at + 1)
        assert.equal(table.has(name), name === base, `${base}: ${letter} at ${at}`)
      }
    }
  }
})

test('E3: whatever its second, a name that came in is there, and stays until its second is over', () => {
  for (const limit of [0, 10]) {
    const table = makeNameTable(limit)
    table.add(nameOf(0), 0)
    assert.ok(table.has(nameOf(0)), 'forgotten by the horizon, not by being odd')
    table.add(nameOf(1), 2 ** 32)
    table.add(nameOf(2), 2 ** 32 + 5)
    table.forget(2 ** 32 - 2)
    assert.deepEqual([table.has(nameOf(1)), table.has(nameOf(2)), table.size()], [true, true, 2])
    table.forget(2 ** 33)
    assert.equal(table.size(), 0)
  }
})

test('Covered: names up to the limit are kept whole, so none is taken for another; beyond, short names still are', () => {
  const [one, twin] = ['A'.repeat(22), `${'A'.repeat(12)}BBBBBBBBBB`] // alike in all that is kept of a random name
  const table = makeNameTable(2)
  table.add(one, 10)
  table.add('key', 10)
  assert.deepEqual([table.has(one), table.has(twin)], [true, false])
  table.add(nameOf(1), 10)
  assert.deepEqual(
    [table.has(one), table.has(nameOf(1)), table.has('key'), table.has('A'.repeat(21)), table.size()],
    [true, true, true, false, 3],
  )
  for (const near of [`${nameOf(1)}x`, `x${nameOf(1)}`, nameOf(1).slice(0, 21), `${nameOf(1).slice(0, 21)}.`])
    assert.equal(table.has(near), false)
})

test('Covered: what is forgotten leaves room: a table that forgets and learns keeps every name', () => {
  const table = makeNameTable(4)
  for (let number = 0; number < 3000; number++) {
    table.add(nameOf(number), number + 10)
    if (number % 7 === 0) table.forget(number)
    assert.ok(table.has(nameOf(number)))
    assert.ok(table.has(nameOf(Math.max(0, number - 9))))
  }
  table.forget(3000)
  assert.equal(table.size(), 9)
})
