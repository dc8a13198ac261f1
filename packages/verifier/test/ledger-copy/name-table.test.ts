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
