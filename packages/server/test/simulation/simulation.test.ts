import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokenParts } from '../../simulation/broken/all.ts'
import { run } from '../../simulation/run.ts'
import { scenarios } from '../../simulation/scenarios/all.ts'
import { lean } from '../../simulation/scenarios/lean.ts'
import { find } from '../../simulation/search.ts'
import { timeline } from '../../simulation/timeline.ts'

const isFull = process.env.CURFEW_FULL === '1'
const called = (name: string) => scenarios.find((scenario) => scenario.name === name)!

test('one seed plays the same run again, to the last event', async () => {
  for (const name of ['ordinary', 'crashes', 'troubled nodes', 'restored']) {
    const [first, second] = [await run(called(name), 7), await run(called(name), 7)]
    assert.ok(first.events > 100)
    assert.deepEqual(second.happenings, first.happenings)
    assert.notDeepEqual((await run(called(name), 8)).happenings, first.happenings)
  }
})

/** Stories in which minutes go by take as long as ten others. */
function seedsOf({ weight = 1 }: (typeof scenarios)[number]): number {
  if (weight < 0.03) return isFull ? 5 : 1
  return isFull ? 30 : 2
}

for (const scenario of scenarios) {
  test(`RV-4, JV-22, JV-23, protocol.md: no promise is broken, whatever goes wrong: ${scenario.name}`, async () => {
    let checks = 0
    for (let seed = 1; seed <= seedsOf(scenario); seed++) {
      const outcome = await run(scenario, seed)
      const [violation] = outcome.violations
      if (violation) assert.fail(`seed ${seed}\n${timeline(outcome.happenings, violation).join('\n')}`)
      checks += outcome.checks
    }
    assert.ok(checks > 0, 'nothing was checked, so nothing was shown')
  })
}

/** Noticed within a few seeds; the rest is for the long form. */
const quick = new Set(
  'NOROW PAGED SHORTWAIT NOQUAR SETFIRST FAILOPEN VSLEEP LEASEFIRST UNKNOWNSORT PWLATE NOCHECK RIGHTSFIRST GAPS PERNODE NOWAKE NOHURRY'.split(
    ' ',
  ),
)
/** Milliseconds for one part; all but two need less than a second of it. */
const longest = 150_000

test('a lean run is another, shorter one, and breaks no promise either', async () => {
  let confirmed = 0
  for (const name of ['together', 'to the brim, nodes', 'restored']) {
    const [short, whole] = [await run(lean(called(name)), 2), await run(called(name), 2)]
    assert.deepEqual(short.violations, [])
    assert.ok(short.happenings.at(-1)!.at < whole.happenings.at(-1)!.at)
    confirmed += short.confirmed
  }
  assert.ok(confirmed > 0)
})

for (const broken of brokenParts) {
  const skip = isFull || quick.has(broken.name) ? false : 'it takes minutes to find them all: npm test -- --full simulation'
  test(`the checker notices ${broken.name}: ${broken.wrong}`, { skip }, async () => {
    const found = await find(broken, called(broken.scenario), { seeds: 10_000, milliseconds: longest })
    assert.ok(found.seed !== undefined, `not within ${found.milliseconds} ms`)
  })
}
