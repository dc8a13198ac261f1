import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Crew } from '../../prove/faults/crew.ts'
import { openInjector } from '../../prove/faults/inject.ts'
import type { Planned } from '../../prove/faults/schedule.ts'

const turn = (): Promise<void> => new Promise((passed) => setImmediate(passed))
const planned = (kind: string): Planned => ({ kind, target: 0, size: 0, lasts: 3, gap: 0 })

test('what is planned has its turn though other faults never stop, is alone then, and begins when every node is in', async (t) => {
  let inside: number[] = []
  const begun: string[] = []
  let under = 0
  let most = 0
  const crew = {
    ...{ nodes: [{ stop: turn, start: turn, port: 1 }], services: [], pool: { inside: () => inside } },
    ways: {
      ...{ services: [] },
      people: {
        weather({ is }: { is: string }) {
          under += is === 'clear' ? -1 : 1
        },
      },
    },
  } as unknown as Crew
  const injector = openInjector({
    crew,
    history: { events: [], close: turn, take: (event) => void (event.what === 'fault' && begun.push(event.kind)) },
    sleep: async (milliseconds) => {
      for (let turns = 0; turns < Math.min(3, milliseconds); turns += 1) await turn()
      most = begun.at(-1) === 'rolling restart' ? Math.max(most, under) : most
    },
    restored: () => undefined,
  })
  let isOver = false
  t.after(() => {
    isOver = true
  })
  // Two of them, one always under way when the other is over.
  const others = [0, 1].map(async (offset) => {
    for (let turns = 0; turns < offset; turns += 1) await turn()
    while (!isOver) await injector.inject(planned('people: way slow'))
  })
  for (let turns = 0; turns < 10; turns += 1) await turn()
  assert.equal(injector.done.has('rolling restart'), false)
  const restart = injector.inject(planned('rolling restart'))
  for (let turns = 0; turns < 50; turns += 1) await turn()
  assert.equal(begun.includes('rolling restart'), false, 'a node is out')
  inside = [1]
  for (let turns = 0; turns < 2000 && !injector.done.has('rolling restart'); turns += 1) await turn()
  assert.deepEqual([injector.done.has('rolling restart'), most, injector.problems], [true, 0, []])
  isOver = true
  await Promise.all([restart, ...others])
})
