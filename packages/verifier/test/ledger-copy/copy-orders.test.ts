import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry } from '@curfew/verifier/wire'
import fc from 'fast-check'
import { makeCopy } from '../../src/ledger-copy/copy.ts'

// In a file of its own: where it fails, it looks for the smallest example for a long time, and whoever waits for a failure has it from the others.
test('JV-23: whatever the order, the pages and the repeats, a copy covers exactly what the ledger covers', () => {
  const name = fc.constantFrom('a', 'b', 'c')
  const what = fc.oneof(
    fc.record({ ended: fc.oneof(fc.record({ sid: name }), fc.record({ gid: name }), fc.record({ jti: name }), fc.record({ kid: name })) }),
    fc.record({ cut: fc.oneof(fc.record({ usr: name }), fc.record({ client_id: name }), fc.constant({})) }),
    fc.record({ stale: fc.oneof(fc.record({ usr: name }), fc.record({ client_id: name }), fc.constant({})) }),
  )
  const ledger = fc
    .array(fc.tuple(what, fc.integer({ min: 50, max: 60 })), { maxLength: 12 })
    .map((list) => list.map(([each, until], at) => ({ ...each, seq: at + 1, until }) as Entry))
  const anyToken = fc.record({ sid: name, gid: name, jti: name, usr: name, client_id: name, pos: fc.nat(13), seq: fc.nat(13) })
  fc.assert(
    fc.property(
      ledger,
      anyToken,
      name,
      fc.infiniteStream(fc.nat(12)),
      fc.integer({ min: 45, max: 62 }),
      (entries, claims, kid, cuts, horizon) => {
        const copy = makeCopy()
        for (let round = 0; round < 4; round++) {
          const from = Math.min(cuts.next().value, copy.seq) // asks with what it has, or a late answer to an earlier question
          const upTo = Math.min(entries.length, from + cuts.next().value)
          copy.take(entries.slice(from, Math.max(from, upTo)))
          copy.advance(Math.max(from, upTo), 0)
        }
        copy.take(entries.slice(copy.seq))
        copy.advance(entries.length, horizon)
        const live = entries.filter((entry) => entry.until > horizon)
        const isCovered = live.some((entry) => {
          if ('ended' in entry)
            return Object.entries(entry.ended).every(([sort, each]) => ({ ...claims, kid })[sort as 'sid' | 'kid'] === each)
          const [whom, position] = 'cut' in entry ? [entry.cut, claims.pos] : [entry.stale, claims.seq]
          return position < entry.seq && Object.entries(whom).every(([sort, each]) => claims[sort as 'usr' | 'client_id'] === each)
        })
        const covering = copy.covers(claims, kid)
        // A mark keeps the longest `until` of its key beside the highest number: it may refuse a dead token a little longer, never less.
        if (isCovered) assert.notEqual(covering, undefined)
        else if (covering !== undefined) assert.match(covering, /_(?:cut|stale)$/)
        if (horizon < 50) assert.equal(covering !== undefined, isCovered)
      },
    ),
    { numRuns: 2000 },
  )
})
