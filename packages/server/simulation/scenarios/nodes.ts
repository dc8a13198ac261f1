import { lives, restartsOf } from '../plots.ts'
import { calm, rough, type Scenario } from '../scenario.ts'
import { cutsOfAll, restartsOfNodes, troublesOfDatabase } from './on-nodes.ts'

/** Nodes stop and crash, the database goes down, connections break while they commit. */
export const troubled: Scenario = {
  name: 'troubled nodes',
  story: 'nodes crash and are restarted, the database goes down, stands still, and connections break while they commit',
  rules: ['L1', 'L2', 'L4', 'F1', 'F2', 'S2', 'S3'],
  setting(chance) {
    const leaseMs = chance.one([500, 1_500])
    return {
      leaseMs,
      nodes: chance.one([2, 3]),
      verifiers: 2,
      weather: rough(leaseMs * chance.one([0.1, 0.8])),
      issuerPauses: [chance.one([0, 0.005]), leaseMs * 1.5],
      drift: chance.happens(0.3),
      database: {
        broken: chance.one([0, 0.02, 0.05]),
        wakesLost: chance.one([0, 0.5, 1]),
        wakesLate: [chance.one([0, 0.5]), 600],
        slow: [chance.one([0, 0.05]), 400],
      },
      looks: chance.one([1, 3]),
      slack: 1e9,
      lasts: 1_000,
    }
  },
  play(stage) {
    const { chance, setting } = stage
    void lives(stage, 1, { rest: 150, use: 200, again: 0.4, cuts: true })
    void lives(stage, 2, { rest: 150, use: 200, again: 0.4 })
    if (chance.happens(0.7)) void restartsOfNodes(stage, 500, 200, 0.6)
    if (chance.happens(0.6)) void troublesOfDatabase(stage, 700, setting.leaseMs * 0.8)
    if (chance.happens(0.5)) cutsOfAll(stage, 1_500, setting.leaseMs)
    if (chance.happens(0.3)) void restartsOf(stage, stage.verifiers[0]!, 1_000, 50)
  },
}

/** PERNODE, NOWAKE: nothing goes wrong, so nothing is refused and nobody waits, whichever node is asked. */
export const healthyNodes: Scenario = {
  name: 'healthy nodes',
  story: 'all is well: no good token is refused, and a sign-out is confirmed in a few round trips, whichever nodes are asked',
  rules: ['PERNODE', 'NOWAKE', 'F1', 'F4', 'L3', 'D2', 'V8'],
  lean: 0.7,
  setting: (chance) => ({
    leaseMs: chance.one([500, 2_000, 5_000]),
    nodes: chance.one([2, 3]),
    verifiers: 2,
    weather: calm,
    drift: true,
    // A verifier's lease is held against that of a hold; with a lost wake against a poll.
    healthyWait: 60,
    lasts: 700,
  }),
  async play(stage) {
    await stage.sleep(300)
    for (const user of [1, 2]) void lives(stage, user, { rest: 150, use: 300, again: 0.2 })
  },
}
