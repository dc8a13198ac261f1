import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeNameTable } from '../../src/ledger-copy/name-table.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

test('Covered: from its limit on a table keeps the first twelve characters of a random name, so memory has a bound and a false hit refuses', () => {
  const [one, other] = ['A'.repeat(12), 'B'.repeat(12)]
  const table = makeNameTable(2)
  const has = (start: string) => table.has(`${start}_________-`)
  table.add(`${one}0000000000`, 10)
  table.add('key', 10)
  assert.equal(has(one), false, 'below the limit names are whole')
  table.add(`${other}0000000000`, 20)
  assert.deepEqual([has(one), has(other), has('C'.repeat(12))], [true, true, false], 'those of before and the new one')
  assert.deepEqual([table.has('key'), table.has('kez'), table.size()], [true, false, 3], 'other names stay whole')
  table.forget(10)
  assert.deepEqual([has(one), has(other), table.has('key'), table.size()], [false, true, false, 1])
})

test('Covered: two characters side by side are kept whole: none of the 4,096 pairs stands for another', () => {
  for (const at of [0, 2, 4, 6, 8, 10]) {
    const table = makeNameTable(0)
    for (const first of alphabet) {
      for (const second of alphabet) table.add(`${'A'.repeat(at)}${first}${second}${'A'.repeat(20 - at)}`, 10)
    }
    assert.equal(table.size(), 4096, `at ${at}`)
  }
})
