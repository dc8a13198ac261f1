import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tookWords, waitWords } from '../../src/pages/views/words.ts'

test('numbers come with units', () => {
  const took = [0, 4.06, 9.96, 41.2, 999.7, 3210, 59_960, 120_000, 125_000].map((ms) => tookWords(ms).replaceAll('\u00a0', ' '))
  assert.deepEqual(took, ['0.0 ms', '4.1 ms', '10 ms', '41 ms', '1.0 s', '3.2 s', '1 min', '2 min', '2 min 5 s'])
  assert.deepEqual([0, 1, 40, 119, 120, 300, 7200].map(waitWords), [
    '1 second',
    '1 second',
    '40 seconds',
    '119 seconds',
    '2 minutes',
    '5 minutes',
    '2 hours',
  ])
})
