import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { test } from 'node:test'
import { startPart } from '../bench/fleet/part.ts'
import { direction } from '../bench/fleet/tcp-loss.ts'
import { freePort } from '../packages/server/prove/processes.ts'

/** Chance that says what it is told, and then that nothing is lost. */
const chances = (...told: number[]) => {
  return () => told.shift() ?? 1
}
const way = { oneWay: 10, loss: 0.01, rtoMin: 200 }
const small = Buffer.from('small')
const lost = 0

test('a segment that is alone in flight comes a time-out late, RTT + 200 ms, and twice as much more when it is lost again', () => {
  const once = direction(way, chances(lost))
  once.send(small, 0)
  assert.equal(once.next(), 10 + 220)
  assert.deepEqual(once.take(229), [])
  assert.deepEqual(once.take(230), [small])
  const twice = direction(way, chances(lost, lost))
  twice.send(small, 0)
  assert.equal(twice.next(), 10 + 220 + 440)
})

test('the last of several comes 2 RTT late by the tail loss probe, one before it 1.25 RTT', () => {
  const large = Buffer.alloc(3000)
  const first = direction(way, chances(lost, 1, 1))
  first.send(large, 0)
  assert.equal(first.next(), 10 + 25)
  const last = direction(way, chances(1, 1, lost))
  last.send(large, 0)
  assert.equal(last.next(), 10 + 40)
})

test('what comes later waits for what is missing, and its acknowledgement makes it come sooner', () => {
  const one = direction(way, chances(lost))
  one.send(small, 0)
  one.send(Buffer.from('later'), 50)
  assert.equal(one.next(), 50 + 10 + 25)
  assert.deepEqual(one.take(84), [])
  assert.deepEqual(one.take(85).map(String), ['small', 'later'])
})

test('one in a hundred is lost', () => {
  let state = 1
  const chance = () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
  const tries = 100_000
  let late = 0
  for (let nth = 0; nth < tries; nth++) {
    const one = direction(way, chance)
    one.send(small, 0)
    if (one.next()! > 10) late += 1
  }
  assert.ok(Math.abs(late / tries - 0.01) < 0.001, `${late} of ${tries}`)
})

test('over the proxy a round trip takes both ways, and not a tenth of a second more', async () => {
  const echo = createServer((socket) => socket.pipe(socket))
  echo.listen(0, '127.0.0.1')
  await once(echo, 'listening')
  const { port: to } = echo.address() as { port: number }
  const port = await freePort()
  const { part } = await startPart('network.ts', { ways: [{ port, to: [to], way: { oneWay: 40, loss: 0, rtoMin: 200 } }], seed: 1 })
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  try {
    socket.write('first') // with it goes the handshake's round trip
    await once(socket, 'data')
    const times: number[] = []
    for (let nth = 0; nth < 5; nth++) {
      const began = performance.now()
      socket.write('again')
      await once(socket, 'data')
      times.push(performance.now() - began)
    }
    assert.ok(Math.min(...times) >= 80, `${times}`)
    assert.ok(Math.min(...times) < 180, `${times}`)
  } finally {
    socket.destroy()
    await part.stop()
    echo.close()
  }
})
