import { chanceOf } from './chance.ts'
import type { Costs } from './scale-costs.ts'
import { type Cores, joined, latenessOf, makeClock, makeCores, makeStanding } from './scale-parts.ts'
import { type ScaleSpares, scaleSpares } from './scale-spares.ts'

/** A fleet, its issuer, and what lies between them. Milliseconds. */
export interface Scale {
  readonly nodes: number
  readonly verifiers: number
  /** Sign-outs a second, over all nodes. */
  readonly rate: number
  readonly signOuts: number
  readonly oneWay: number
  readonly loss: number
  readonly rtoMin: number
  readonly lease: number
  /** Spare requests of each verifier (F8). */
  readonly spares: number
  /** Cores of PostgreSQL. Each node has one for its JavaScript. */
  readonly postgresCores: number
  /** Everything on one machine of so many cores, the fleet too; undefined: each node and PostgreSQL has its own. */
  readonly machineCores?: number
  readonly seed: number
}

/** What came of it. */
export interface ScaleOutcome {
  /** Milliseconds from sign-out to confirmation, each. */
  readonly times: readonly number[]
  /** Shares of one core: the busiest node's, PostgreSQL's (of one core, so 400 is four). */
  readonly nodePercent: number
  readonly postgresPercent: number
  readonly entriesPerBatch: number
  /** Not confirmed within the time that was looked at: it cannot keep up. */
  readonly unconfirmed: number
}

interface Node {
  readonly cores: Cores
  /** Verifiers whose request is held here, and the number that it has. */
  readonly held: Map<number, number>
  readonly asking: number[]
  applied: number
  readonly going: Map<number, number>
  beat(): void
  read(): void
  look(): void
  commit(): void
  readonly ending: number[]
}

/** Rows in a statement of F1 (gather.ts). */
const mostRows = 1000
/** Sign-outs in a transaction (batch.ts). */
const mostEndings = 200

/** Plays the traffic of confirmation with what each step costs: queues at nodes, PostgreSQL and the head's lock, nothing of what is decided. */
export function playScale(scale: Scale, costs: Costs): ScaleOutcome {
  const { verifiers, rate, lease } = scale
  const clock = makeClock()
  const chance = chanceOf(`scale/${scale.seed}`)
  const way = latenessOf(scale, chance.next)
  const machine = scale.machineCores === undefined ? undefined : makeCores(scale.machineCores, clock)
  const postgres = makeCores(scale.postgresCores, clock, machine)
  /** One process of followers on a machine of ours; else each verifier is a process of its own. */
  const fleet = machine ? makeCores(1, clock, machine) : makeCores(verifiers, clock)
  let head = 0
  const lock = makeCores(1, clock)
  const standing = makeStanding(verifiers)
  const times: number[] = []
  let batches = 0
  const hold = lease * 0.3

  /** `cost` is looked at when the node gets to it, at the end of its turn: what has come by then goes with it. */
  const statement = (node: Node, cost: () => number, done: () => void): void =>
    node.cores.work(costs.statement / 2, () => postgres.work(cost(), () => node.cores.work(costs.statement / 2, done)))
  const nodes = Array.from({ length: scale.nodes }, () => makeNode())
  /** The node that each verifier asks: another one once a spare was faster. */
  const home = Array.from({ length: verifiers }, (_, who) => nodes[who % nodes.length]!)
  const spares = new Map<Node, ScaleSpares>(scale.spares === 0 ? [] : nodes.map((node, nth) => [node, sparesAt(node, nth)]))

  function makeNode(): Node {
    const node: Node = {
      cores: makeCores(1, clock, machine),
      held: new Map(),
      asking: [],
      applied: 0,
      going: new Map(),
      ending: [],
      // F1, then F2: what came meanwhile is the next batch.
      beat: joined((done) => {
        let those: number[] = []
        const cost = (): number => {
          those = node.asking.splice(0, mostRows)
          return costs.beat + costs.beatRow * those.length
        }
        statement(node, cost, () => {
          let moved = false
          for (const who of those) moved = standing.acknowledge(who, has[who]!) || moved
          if (moved) for (const one of nodes) if (one.going.size > 0) one.look()
          for (const who of those) answerOrHold(node, who)
          done()
          if (node.asking.length > 0) node.beat()
        })
      }),
      read: joined((done) => {
        statement(
          node,
          () => costs.read,
          () => {
            if (head > node.applied) {
              node.applied = head
              batches += 1 / scale.nodes
              for (const [who] of node.held) answer(node, who)
              node.held.clear()
              spares.get(node)?.moved()
            }
            done()
          },
        )
      }),
      look: joined((done) => {
        let [left, now] = [0, 0]
        const cost = (): number => {
          const highest = Math.max(0, ...node.going.keys())
          left = standing.behind(highest)
          now = standing.lowest // S2: as of the statement
          return costs.look + costs.passRow * verifiers + costs.returnRow * left
        }
        statement(node, cost, () =>
          node.cores.work(costs.lookRow * left, () => {
            const decided = [...node.going].filter(([seq]) => seq <= now)
            if (decided.length === 0) return done()
            for (const [seq] of decided) node.going.delete(seq)
            statement(
              node,
              () => costs.look + (costs.passRow + costs.returnRow) * verifiers,
              () =>
                node.cores.work(costs.receiptRow * verifiers, () => {
                  for (const [, began] of decided) node.cores.work(costs.signOut / 2, () => void times.push(clock.now - began))
                  done()
                }),
            )
          }),
        )
      }),
      commit: joined((done) => {
        const those = node.ending.splice(0, mostEndings)
        if (those.length === 0) return done()
        // L2: numbers are given out under a lock that all nodes share.
        postgres.work(costs.commit, () =>
          lock.work(costs.headHeld, () => {
            for (const began of those) node.going.set(++head, began)
            for (const one of nodes) one.read()
            node.look()
            done()
            if (node.ending.length > 0) node.commit()
          }),
        )
      }),
    }
    return node
  }

  /** What the verifier has when it asks; kept beside what it has acknowledged, since its answer may be under way. */
  const has = new Int32Array(verifiers)

  function answerOrHold(node: Node, who: number): void {
    if (home[who] !== node) return
    if (has[who]! < node.applied) {
      answer(node, who)
      return
    }
    const since = clock.now
    node.held.set(who, since)
    clock.at(since + hold, () => {
      if (node.held.get(who) !== since) return
      node.held.delete(who)
      answer(node, who)
    })
  }

  /** F3: the answer leaves, comes, is worked in, and the next question comes back (V8). */
  function answer(node: Node, who: number, spareBack?: () => void): void {
    const upTo = node.applied
    node.cores.work(costs.follow / 2, () =>
      clock.at(clock.now + way(), () => {
        if (spareBack) {
          home[who] = node
          clock.at(clock.now + way(), spareBack)
        } else if (home[who] !== node) return
        fleet.work(costs.client, () =>
          clock.at(clock.now + way(), () => {
            has[who] = Math.max(has[who]!, upTo)
            node.cores.work(costs.follow / 2, () => {
              node.asking.push(who)
              node.beat()
            })
          }),
        )
      }),
    )
  }

  function sparesAt(node: Node, nth: number): ScaleSpares {
    const isHere = (who: number): boolean => (nth - (who % nodes.length) + nodes.length - 1) % nodes.length < scale.spares
    return scaleSpares({
      ...{ clock, cores: node.cores, hold: 15_000, cost: costs.follow },
      here: Array.from({ length: verifiers }, (_, who) => who).filter(isHere),
      applied: () => node.applied,
      acked: standing.of,
      look: (behind, done) => statement(node, () => costs.look + costs.passRow * verifiers + costs.returnRow * behind, done),
      tell: (who, back) => answer(node, who, back),
    })
  }

  for (let who = 0; who < verifiers; who++) {
    const node = home[who]!
    node.held.set(who, -1)
    const first = chance.between(0, hold)
    clock.at(first, () => {
      if (node.held.get(who) !== -1) return
      node.held.delete(who)
      answer(node, who)
    })
  }
  const settle = hold + 100
  for (let nth = 0; nth < scale.signOuts; nth++) {
    const node = nodes[nth % nodes.length]!
    clock.at(settle + (nth * 1000) / rate, () => {
      const began = clock.now
      node.cores.work(costs.signOut / 2, () => {
        node.ending.push(began)
        node.commit()
      })
    })
  }
  const length = (scale.signOuts * 1000) / rate
  const before = nodes.map(({ cores }) => cores.used)
  clock.run(settle + length)
  const share = (used: number): number => (used / 1000 / (settle + length)) * 100
  const nodePercent = share(Math.max(...nodes.map(({ cores }, nth) => cores.used - before[nth]!)))
  const postgresPercent = share(postgres.used)
  for (let more = 0; more < 200 && times.length < scale.signOuts; more++) clock.run(clock.now + 100)
  return { times, nodePercent, postgresPercent, entriesPerBatch: head / Math.max(1, batches), unconfirmed: scale.signOuts - times.length }
}
