import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry, FollowAnswer } from '@curfew/verifier/wire'
import { makeCopy } from '../../src/ledger-copy/copy.ts'
import { makeLease } from '../../src/ledger-copy/lease.ts'
import { takeAnswer } from '../../src/ledger-copy/take-answer.ts'

const sent = { monotonic: 1000, wall: 1000 }

test('V3: entries and signals come before the number, the number before the horizon that signals hear, the lease last', () => {
  const standing = { copy: makeCopy(), lease: makeLease() }
  const seen: unknown[] = []
  const look = () => [standing.copy.seq, standing.copy.horizon, standing.copy.size(), standing.lease.wasHeld()]
  const signals = {
    fire: (entries: readonly Entry[]) => seen.push(['fire', entries.length, ...look()]),
    advance: (horizon: number) => seen.push(['advance', horizon, ...look()]),
  }
  const keys = { drop: (kid: string) => seen.push(['drop', kid, ...look()]) }
  const entries: Entry[] = [
    { seq: 1, until: 900, ended: { sid: 'kid' } },
    { seq: 2, until: 900, ended: { kid: 'old' } },
    { seq: 3, until: 900, cut: {} },
  ]
  const answer: FollowAnswer = { version: 1, entries, up_to: 3, horizon: 50, lease: 5000 }
  takeAnswer(answer, sent, standing, { signals, keys } as unknown as Parameters<typeof takeAnswer>[3])
  assert.deepEqual(seen, [
    ['fire', 3, 0, 0, 3, false],
    ['drop', 'old', 0, 0, 3, false],
    ['advance', 50, 3, 50, 3, false],
  ])
  assert.deepEqual(look(), [3, 50, 3, true])
})
