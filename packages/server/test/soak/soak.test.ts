import assert from 'node:assert/strict'
import { test } from 'node:test'
import { draw } from '../../prove/soak/draw.ts'
import { judge, type Sample } from '../../prove/soak/flatness.ts'
import { soak } from '../../prove/soak/soak.ts'

const isFull = process.env.CURFEW_FULL === '1'
const MB = 1024 * 1024
const flat: Omit<Sample, 'at'> = {
  ...{ heap: 24 * MB, rss: 140 * MB, file: 4 * MB, entries: 100, sessions: 50, users: 20 },
  ...{ refreshP50: 10, refreshP99: 40, signOutP50: 20 },
}
const run = (more: (at: number) => Partial<Sample>): Sample[] =>
  Array.from({ length: 60 }, (_, n): Sample => ({ at: 10 * n, ...flat, ...more(10 * n) }))
const rising = (samples: readonly Sample[]): string[] => judge(samples).flatMap(({ of, flat: is }) => (is ? [] : [of]))

test('the judge of a soak: what rises in the second half is seen, what rose in the first is not, and noise neither', () => {
  assert.deepEqual(rising(run(() => ({}))), [])
  assert.deepEqual(rising(run((at) => ({ heap: (20 + at / 60) * MB }))), ['heap'])
  assert.deepEqual(rising(run((at) => ({ rss: (100 + at / 10) * MB, file: (1 + at / 100) * MB }))), ['rss', 'file'])
  assert.deepEqual(rising(run((at) => ({ entries: at, refreshP50: at / 4, signOutP50: at }))), ['entries', 'refreshP50', 'signOutP50'])
  assert.deepEqual(rising(run((at) => ({ entries: Math.min(at, 250), heap: (24 + (at % 20) / 20) * MB }))), [])
  assert.deepEqual(rising(run(() => ({})).slice(0, 2)).length, 6) // too little to say anything
})

test('a plot says what it shows, in the colours of either scheme', () => {
  const svg = draw(
    run(() => ({})),
    '10 minutes',
  )
  assert.match(svg, /prefers-color-scheme: dark/)
  assert.equal(svg.match(/<polyline /g)?.length, 6)
  assert.match(svg, />entries in the ledger</)
  assert.doesNotMatch(svg, /NaN|undefined|Infinity/)
})

const skip = isFull ? false : 'in the long form only: npm test -- --full'
test('twenty seconds of mixed load: everything is answered as it should be, nobody good refused, nobody accepted afterwards', {
  skip,
}, async () => {
  const { samples, done, problems } = await soak({ seconds: 20, every: 4 })
  assert.deepEqual(problems, [])
  assert.ok(samples.length >= 3)
  for (const kind of ['signUp', 'signIn', 'refresh', 'renewal', 'request', 'list', 'signOut', 'code', 'codeReplay'])
    assert.ok((done[kind] ?? 0) > 0, kind)
})
