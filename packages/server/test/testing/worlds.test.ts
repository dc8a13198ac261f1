import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { realWorld } from '../../src/real-world.ts'
import { testWorld } from '../../src/testing/fixed-clock.ts'

describe('the world that a test moves', () => {
  test('stands still; timers run in their order, each at its own time, and can be called off', () => {
    const world = testWorld({ start: 1_000 })
    const ran: [string, number, number][] = []
    const note = (name: string) => () => void ran.push([name, world.monotonic(), world.wall()])
    world.after(20, note('b'))
    world.after(10, () => {
      note('a')()
      world.after(5, note('set by a'))
    })
    const callOff = world.after(15, note('never'))
    world.after(40, note('later'))
    callOff()
    assert.equal(world.timers, 3)
    world.advance(30)
    assert.deepEqual(ran, [
      ['a', 10, 1_010],
      ['set by a', 15, 1_015],
      ['b', 20, 1_020],
    ])
    assert.deepEqual([world.monotonic(), world.wall(), world.timers], [30, 1_030, 1])
    world.setWall(500)
    world.advance(1)
    assert.deepEqual([world.monotonic(), world.wall()], [31, 501])
  })

  test('lets what a timer woke go on before the next one runs', async () => {
    const world = testWorld()
    const order: string[] = []
    const sleep = (milliseconds: number) => new Promise<void>((resolve) => void world.after(milliseconds, resolve))
    const work = (async () => {
      await sleep(10)
      order.push(`woke at ${world.monotonic()}`)
      await sleep(10)
      order.push(`woke at ${world.monotonic()}`)
    })()
    await world.pass(20)
    await work
    assert.deepEqual(order, ['woke at 10', 'woke at 20'])
  })

  test('repeats its chance with the same seed, and only then', () => {
    const bytes = (seed: number) => Buffer.from(testWorld({ seed }).random(32)).toString('hex')
    assert.equal(bytes(7), bytes(7))
    assert.notEqual(bytes(7), bytes(8))
    const world = testWorld()
    assert.notDeepEqual(world.random(16), world.random(16))
  })
})

describe('the real world', () => {
  test('has turns, timers that can be called off, and chance', async () => {
    const world = realWorld()
    const before = world.monotonic()
    await new Promise<void>((resolve) => world.turn(resolve))
    const callOff = world.after(0, () => assert.fail('called off'))
    callOff()
    // A timer of the real world does not keep the process alive, so something else has to.
    const alive = setInterval(() => {}, 1_000)
    await new Promise<void>((resolve) => void world.after(1, resolve))
    clearInterval(alive)
    assert.ok(world.monotonic() > before)
    assert.ok(Math.abs(world.wall() - Date.now()) < 60_000)
    assert.notDeepEqual(world.random(16), world.random(16))
  })

  test('its timers keep no process alive', async () => {
    const module = JSON.stringify(new URL('../../src/real-world.ts', import.meta.url).href)
    const script = `import { realWorld } from ${module}; realWorld().after(3_600_000, () => {})`
    const child = spawn(process.execPath, ['-C', 'curfew-source', '--input-type=module', '-e', script], { stdio: 'inherit' })
    assert.deepEqual(await once(child, 'exit'), [0, null])
  })
})
