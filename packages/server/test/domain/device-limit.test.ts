import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makingRoom } from '../../src/domain/device-limit.ts'

const used = (name: string, lastUsedAt: number, createdAt = lastUsedAt) => ({ name, lastUsedAt, createdAt })
const live = [used('c', 3), used('a', 1), used('d', 4), used('b', 2)]
const gone = (those: readonly ReturnType<typeof used>[], maxSessions?: number) =>
  makingRoom(those, maxSessions === undefined ? {} : { maxSessions }).map(({ name }) => name)

test('SS-6: what was used longest ago makes room for one more, of what was used at once what began first', () => {
  assert.deepEqual(
    [5, 4, 3, 1].map((most) => gone(live, most)),
    [[], ['a'], ['a', 'b'], ['a', 'b', 'c', 'd']],
  )
  assert.deepEqual(gone([used('later', 5, 2), used('sooner', 5, 1)], 2), ['sooner'])
  assert.deepEqual([gone(live), gone([], 1)], [[], []], 'no limit, and nobody there')
  assert.deepEqual(
    live.map(({ name }) => name),
    ['c', 'a', 'd', 'b'],
    'the list is not sorted in place',
  )
})
