import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { answerQuestions, ownCpu, readSetup } from './part.ts'
import { type Direction, direction, type Way } from './tcp-loss.ts'

/** What the network is told. */
export interface NetworkSetup {
  /** One way in for each list: each connection goes to the next of its list. */
  readonly ways: readonly { readonly port: number; readonly to: readonly number[]; readonly way: Way }[]
  readonly seed: number
}

/**
 * A network between the fleet and the issuer, for machines where `tc netem` is not to be had: TCP connections are passed on with a latency, and late
 * where a segment would have been lost (tcp-loss.ts). Seeded: the same connections in the same order lose the same.
 */
const { ways, seed } = readSetup<NetworkSetup>()
const chance = random(seed)
let passed = 0

for (const { port, to, way } of ways) {
  let turn = 0
  const server = createServer({ noDelay: true }, (inward) => {
    const target = to[turn++ % to.length]!
    // The handshake is a round trip, and a lost SYN is sent again after a second (RFC 6298 §2.1).
    const late = way.loss > 0 && chance() < 2 * way.loss ? 1000 : 0
    inward.pause()
    inward.on('error', () => undefined)
    setTimeout(() => join(inward, connect({ port: target, host: '127.0.0.1', noDelay: true }), way), 2 * way.oneWay + late)
  })
  server.listen({ port, host: '127.0.0.1', backlog: 8192 })
  await once(server, 'listening')
}

/** Directions with something under way, by the millisecond when it comes out: a timer each would be thousands. */
const due = new Map<number, Set<() => void>>()
let hand = Math.floor(performance.now())
setInterval(turnHand, 1)

function turnHand(): void {
  for (const now = Math.floor(performance.now()); hand <= now; hand++) {
    const those = due.get(hand)
    due.delete(hand)
    if (those) for (const run of those) run()
  }
}

function join(one: Socket, other: Socket, way: Way): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    const between = direction(way, chance)
    const deliver = (): void => {
      for (const bytes of between.take(performance.now())) if (!to.destroyed) to.write(bytes)
      schedule(between, deliver)
    }
    from.on('data', (bytes) => {
      passed += 1
      if (way.oneWay === 0 && way.loss === 0) return void to.write(bytes)
      between.send(bytes, performance.now())
      schedule(between, deliver)
    })
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
  }
  one.resume()
}

function schedule(between: Direction, deliver: () => void): void {
  const next = between.next()
  if (next === undefined) return
  const at = Math.max(hand, Math.ceil(next))
  const those = due.get(at)
  if (those) those.add(deliver)
  else due.set(at, new Set([deliver]))
}

/** Mulberry32. */
function random(from: number): () => number {
  let state = from | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

answerQuestions({}, () => ({ passed, cpu: ownCpu() }))
