import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { after, before, test } from 'node:test'
import { openWay, type Way } from '../../prove/faults/network.ts'
import { openPool } from '../../prove/faults/pool.ts'

/** What arrived at the far end. */
const arrived: string[] = []
let isReady = true
const server = createServer((asked, answer) => {
  asked.resume()
  if (asked.url === '/readyz') return answer.writeHead(isReady ? 200 : 503).end()
  arrived.push(`${asked.method} ${asked.url}`)
  answer.end('good')
})
let port: number
let way: Way
/** What chance says next; 0 at the end. */
let draws: number[] = []

before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  way = await openWay({ to: () => [port], random: () => draws.shift() ?? 0 })
})
after(() => {
  way.close()
  server.close()
  server.closeAllConnections()
})

/** A request through the way; the answer's text, or the error's code. */
const ask = (path = '/', method = 'GET', at = way.port): Promise<string> =>
  new Promise((done) => {
    const sent = request({ host: '127.0.0.1', port: at, path, method, agent: false }, (answer) => {
      answer.setEncoding('utf8').once('data', done)
      answer.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? 'error'))
    })
    sent.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? 'error'))
    sent.end()
  })

test('a way is clear, cut, and clear again', async () => {
  assert.equal(await ask(), 'good')
  const open = connect(way.port, '127.0.0.1')
  await once(open, 'connect')
  await ask() // by then the other is joined as well
  open.on('error', () => undefined)
  const cut = new Promise((closed) => open.once('close', closed))
  way.weather({ is: 'cut' })
  await cut
  assert.equal(await ask(), 'ECONNRESET')
  way.weather({ is: 'clear' })
  assert.equal(await ask(), 'good')
})

test('on a silent way nothing arrives; what was sent arrives when it is clear', async () => {
  way.weather({ is: 'silent' })
  arrived.length = 0
  let isAnswered = false
  const answer = ask('/late').then((text) => {
    isAnswered = true
    return text
  })
  await ask('/past', 'GET', port) // past it
  assert.deepEqual([arrived, isAnswered], [['GET /past'], false])
  way.weather({ is: 'clear' })
  assert.equal(await answer, 'good')
  assert.deepEqual(arrived, ['GET /past', 'GET /late'])
})

test('a slow way takes its time in each direction; a lossy one repeats', async () => {
  way.weather({ is: 'slow', ms: 40 }) // 36 at this chance
  const begin = performance.now()
  await ask()
  assert.ok(performance.now() - begin >= 70)
  way.weather({ is: 'lossy', share: 0.1 })
  draws = [0, 0.5, 0, 0.5] // lost once in each direction
  const again = performance.now()
  await ask()
  assert.ok(performance.now() - again >= 390)
  way.weather({ is: 'clear' })
})

test('whole requests that may be are delivered twice, others once', async () => {
  way.weather({ is: 'twice', share: 1, ms: 0 })
  arrived.length = 0
  const twice = new Promise<void>((seen) => {
    const count = (): void => {
      if (arrived.length < 3) return
      server.off('request', count)
      seen()
    }
    server.on('request', count)
  })
  assert.equal(await ask('/session/sign-in', 'POST'), 'good')
  assert.equal(await ask('/session/sign-out', 'POST'), 'good')
  await twice
  assert.deepEqual(arrived, ['POST /session/sign-in', 'POST /session/sign-out', 'POST /session/sign-out'])
  way.weather({ is: 'clear' })
})

test('a node that is not ready leaves the pool, comes back, and one that refuses connections is passed over', async () => {
  const out = Promise.withResolvers<number>()
  const pool = openPool([port], out.resolve, 5)
  isReady = false
  assert.equal(await out.promise, port)
  assert.deepEqual(pool.inside(), [])
  assert.deepEqual(pool.next(), [port], 'where none is ready, one that is not is better than nothing')
  isReady = true
  while (pool.inside().length === 0) await new Promise((soon) => setTimeout(soon, 5))
  pool.close()
  const passing = await openWay({ to: () => [1, port], random: () => 0 })
  assert.equal(await ask('/', 'GET', passing.port), 'good')
  passing.close()
})
