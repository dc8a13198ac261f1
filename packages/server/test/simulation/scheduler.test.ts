import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chanceOf } from '../../simulation/chance.ts'
import { createHistory } from '../../simulation/history.ts'
import { type Conditions, createMachine } from '../../simulation/machine.ts'
import { ConnectionError, createNetwork, type Weather } from '../../simulation/network.ts'
import { createScheduler } from '../../simulation/scheduler.ts'

const calm: Conditions = { rate: 1, wallError: 0, pauses: 0, pauseFor: () => 0, stepFor: () => 0.1 }
const fair: Weather = { delay: [1, 2], late: 0, lateness: 0, lost: 0, twice: 0 }

function stage(conditions: Partial<Conditions> = {}, weather: Partial<Weather> = {}, seed = 'seed') {
  const chance = chanceOf(seed)
  const scheduler = createScheduler(chance.fork('ties'))
  const history = createHistory()
  const network = createNetwork({
    ...{ now: scheduler.now, at: (moment: number, run: () => void) => void scheduler.at(moment, run) },
    ...{ chance: chance.fork('network'), weather: { ...fair, ...weather }, history },
  })
  const machine = (name: string) => createMachine(name, scheduler, history, chance.fork(name), { ...calm, ...conditions })
  return { scheduler, history, network, machine }
}

test('chance: one seed says the same again, another one something else; forks do not disturb each other', () => {
  const draw = (seed: string) => Array.from({ length: 5 }, chanceOf(seed).next)
  assert.deepEqual(draw('one'), draw('one'))
  assert.notDeepEqual(draw('one'), draw('two'))
  const [disturbed, left] = [chanceOf('one'), chanceOf('one')]
  disturbed.fork('a').next()
  assert.equal(disturbed.next(), left.next())
})

test('events run in the order of time, and between two of them every promise that can go on does', async () => {
  const { scheduler } = stage()
  const seen: string[] = []
  scheduler.at(2, () => seen.push('second'))
  scheduler.at(1, () => {
    void (async () => {
      for (let turn = 0; turn < 100; turn++) await null
      seen.push('a hundred promises after the first')
    })()
  })
  const cancel = scheduler.at(1.5, () => seen.push('called off'))
  cancel()
  await scheduler.run(10)
  assert.deepEqual(seen, ['a hundred promises after the first', 'second'])
})

test('a process that is stopped does nothing meanwhile, and a dead one nothing any more', async () => {
  const { scheduler, machine } = stage()
  const [one, other] = [machine('one').start(), machine('other').start()]
  const at: Record<string, number> = {}
  one.after(10, () => (at.one = scheduler.now()))
  other.after(10, () => (at.other = scheduler.now()))
  scheduler.at(5, () => one.pause(100))
  scheduler.at(6, () => other.kill())
  await scheduler.run(1_000)
  assert.ok(at.one! >= 105 && at.one! < 106, String(at.one))
  assert.equal(at.other, undefined)
})

test('clocks go at their own rate; a suspended machine loses monotonic time, and its timers fire that much later', async () => {
  const { scheduler, machine } = stage({ rate: 0.99, wallError: 500 })
  const sleeper = machine('sleeper')
  const process = sleeper.start()
  const began = { monotonic: process.monotonic(), wall: process.wall() }
  let fired = 0
  process.after(990, () => (fired = scheduler.now()))
  scheduler.at(100, () => sleeper.suspend(1_000))
  await scheduler.run(5_000)
  assert.ok(fired >= 2_000 && fired < 2_002, String(fired))
  scheduler.at(4_000, () => {
    assert.ok(Math.abs(process.monotonic() - began.monotonic - 3_000 * 0.99) < 0.001)
    assert.ok(Math.abs(process.wall() - began.wall - 4_000 * 0.99) <= 1)
  })
  await scheduler.run(5_000)
})

test('a stop in the middle of an event moves the rest of it: what is sent then leaves later', async () => {
  const { scheduler, machine } = stage({ pauses: 1, pauseFor: () => 50 })
  const process = machine('one').start()
  const moments: number[] = []
  process.soon(0, () => {
    moments.push(process.now())
    process.monotonic()
    moments.push(process.now())
  })
  // Stopped before the event, and once more before the clock is read.
  scheduler.at(49, () => moments.push(-1))
  await scheduler.run(60)
  await scheduler.run(1_000)
  assert.equal(moments[0], -1)
  assert.ok(moments.length === 1 || moments[2]! - moments[1]! === 50)
})

test('the network serialises what it carries, delays it, and resets what a dead server was asked', async () => {
  const { scheduler, network, machine } = stage()
  const [caller, server] = [machine('caller').start(), machine('server').start()]
  const sent = { nested: { value: 1 } }
  network.serve('server', { process: server, handle: async (request) => ({ request, isSame: request === sent }) })
  const answers: unknown[] = []
  scheduler.at(0, () => {
    network.call(caller, 'server', sent).then((answer) => answers.push({ answer, at: scheduler.now() }))
    network.call(caller, 'nobody', sent).catch((error: unknown) => answers.push(error))
  })
  await scheduler.run(100)
  assert.equal(answers.length, 2)
  assert.ok(answers.some((one) => one instanceof ConnectionError))
  const answered = answers.find((one) => !(one instanceof Error)) as { answer: { isSame: boolean }; at: number }
  assert.equal(answered.answer.isSame, false)
  assert.ok(answered.at >= 2 && answered.at <= 4)

  network.serve('server', { process: server, handle: () => new Promise(() => {}) })
  let error: unknown
  scheduler.at(200, () => void network.call(caller, 'server', sent).catch((thrown: unknown) => (error = thrown)))
  scheduler.at(210, () => server.kill())
  await scheduler.run(300)
  assert.ok(error instanceof ConnectionError)
})

test('the network loses, doubles and cuts off', async () => {
  for (const [weather, least, most] of [
    [{ lost: 1 }, 0, 0],
    [{ twice: 1 }, 20, 20],
    [{}, 10, 10],
  ] as const) {
    const { scheduler, network, machine } = stage({}, weather)
    const [caller, server] = [machine('caller').start(), machine('server').start()]
    let heard = 0
    network.serve('server', { process: server, handle: async () => void heard++ })
    scheduler.at(0, () => {
      for (let call = 0; call < 10; call++) network.call(caller, 'server', call).catch(() => undefined)
    })
    scheduler.at(50, () => network.cut('caller', 100))
    scheduler.at(60, () => void network.call(caller, 'server', 'cut off').catch(() => undefined))
    await scheduler.run(1_000)
    assert.ok(heard >= least && heard <= most, `${JSON.stringify(weather)}: ${heard}`)
  }
})
