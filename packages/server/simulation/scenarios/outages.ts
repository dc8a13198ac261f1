import { createDevice, createPasswords } from '../people.ts'
import { lives, press, restartsOf } from '../plots.ts'
import { calm, rough, type Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'
import { rare } from './on-nodes.ts'

/** Rolling restarts of nodes: then nothing may be refused, and nobody waits for more than a few tries. */
export const rolling: Scenario = {
  name: 'rolling restart',
  weight: 0.3,
  story: 'one node after the other is stopped with its requests answered, and started: no lease is lost, no sign-out waits',
  rules: ['F1', 'V8', 'S5'],
  lean: 0.6,
  setting: (chance) => ({
    leaseMs: chance.one([2_000, 4_000]),
    nodes: chance.one([2, 3]),
    verifiers: 2,
    weather: calm,
    healthyWait: 900,
    drift: true,
    lasts: 1_500,
  }),
  async play(stage) {
    await stage.sleep(400)
    for (const user of [1, 2]) void lives(stage, user, { rest: 150, use: 250 })
    for (;;) {
      for (const node of stage.nodes) {
        await stage.sleep(stage.chance.between(100, 400))
        await node.stop()
        await stage.sleep(stage.chance.between(0, 200))
        await node.start()
      }
    }
  },
}

/** NOHURRY: a message gets lost now and then, never two in one lease. */
export const oneLost: Scenario = {
  name: 'one lost',
  weight: 0.05,
  story: 'a request to follow, or its answer, gets lost without a word, once in three leases: no good token is refused',
  rules: ['NOHURRY', 'V8', 'D2'],
  setting: () => ({ leaseMs: 6_000, nodes: 2, verifiers: 2, weather: calm, allGood: true, losesOneIn: 3, drift: true, lasts: 30_000 }),
  async play(stage) {
    await stage.sleep(1_500)
    for (const user of [1, 2]) void lives(stage, user, { rest: 3_000, use: 6_000 })
    for (;;) {
      press(stage)
      await stage.sleep(stage.setting.leaseMs)
    }
  },
}

/** TWICE: the issuer is away for longer than the lease, and said so before (D4). */
export const announced: Scenario = {
  name: 'announced pause',
  weight: 0.02,
  story: 'an outage is announced, every node stops, the database too, and all come back: no good token is refused',
  rules: ['TWICE', 'D4', 'D3'],
  lean: 1,
  setting: (chance) => ({
    leaseMs: 1_000,
    nodes: 2,
    verifiers: 2,
    weather: { ...calm, twice: 0.3, lateness: 100 },
    allGood: true,
    drift: chance.happens(0.5),
    slack: 1e9,
    longestLeaseMs: 30_000,
    lasts: 30_000,
  }),
  async play(stage) {
    const { chance, nodes, database } = stage
    await stage.sleep(chance.between(600, 1_200))
    const device = createDevice(stage, 1, createPasswords(stage))
    while (!(await device.signIn())) await stage.sleep(10)
    void lives(stage, 2, { rest: 300, use: 600 })
    const long = chance.between(2_000, 6_000)
    if ((await stage.ask({ op: 'pause', milliseconds: Math.ceil(long) })) === undefined) return
    // Whoever has the long lease by now does not need the answer that leaves a node when it stops.
    for (const verifier of stage.verifiers) stage.network.cut(verifier.name, chance.between(0, 60))
    for (const node of nodes) await node.stop()
    database?.stop()
    void device.use(long, 300)
    await stage.sleep(long * chance.between(0.7, 1))
    database?.start()
    await Promise.all(nodes.map((node) => node.start()))
    await device.use(3_000, 300)
    await device.signOut()
  },
}

/** NOJUMP, NOQUAR: a backup is put in the place of what was committed since. */
export const restored: Scenario = {
  name: 'restored',
  weight: 0.15,
  story: 'the database is lost, and comes back as it was some time ago: everybody signs in anew, and nothing that ended comes back',
  rules: ['NOJUMP', 'NOQUAR', 'SHORTQUAR', 'R2'],
  lean: 0.8,
  setting: (chance) => ({
    leaseMs: 600,
    nodes: 2,
    verifiers: 2,
    weather: chance.happens(0.5) ? calm : rough(600),
    slack: 1e9,
    lasts: 5_500,
  }),
  async play(stage) {
    const { chance, database, setting } = stage
    for (const user of [1, 2]) void lives(stage, user, { rest: 100, use: 250, cuts: chance.happens(0.3) })
    await stage.sleep(chance.between(200, 800))
    const backup = database!.backup()
    await stage.sleep(chance.between(0, 800))
    if (chance.happens(0.5))
      for (const verifier of stage.verifiers) stage.network.cut(verifier.name, setting.leaseMs * chance.between(0.5, 1.2))
    await restore(stage, backup)
    press(stage)
    // The same backup once more, at once too: the keys that were made since the first time are not in it, and numbers of that time must not
    // come again (R2).
    await stage.sleep(chance.between(0, 800))
    await restore(stage, backup)
    press(stage)
  },
}

/** HORIZONFIRST: after a restore numbers are so high that whoever begins is answered from the database, not from a node's memory. */
export const forgottenAfterRestore: Scenario = {
  name: 'forgotten after a restore',
  weight: rare,
  story: 'a restored ledger goes on, the database stands still until entries are to be forgotten, and verifiers begin at that moment',
  rules: ['HORIZONFIRST', 'E2', 'F5', 'R2'],
  setting: () => ({
    ...{ leaseMs: 60_000, accessLifetime: 30, nodes: 2, verifiers: 2, wallError: 900_000, slack: 1e9, lasts: 135_000 },
    weather: calm,
  }),
  async play(stage) {
    const { chance, database, verifiers } = stage
    await restore(stage, database!.backup())
    const device = createDevice(stage, 1, createPasswords(stage))
    while (!(await device.signIn())) await stage.sleep(10)
    await stage.sleep(chance.between(500, 4_000))
    // Not confirmed before the node settled (R2): a minute later.
    void device.signOut()
    const ended = stage.now()
    await stage.sleep(54_000 - stage.now())
    // E1 would move the horizon now; it moves when the entry's time is over, so that both are one step.
    database?.process()?.pause(ended + chance.between(92_000, 98_000) - stage.now())
    while (database?.process()?.isStopped()) await stage.sleep(100)
    await device.signOut()
    for (const verifier of verifiers) void restartsOf(stage, verifier, 2_000, 20, 1)
    for (;;) {
      await stage.sleep(chance.between(200, 800))
      for (const token of stage.known().slice(-2)) stage.call(token)
    }
  },
}

/** Every node is down, the backup is in its place, `curfew restored`, and the nodes again. */
async function restore(stage: Stage, backup: Parameters<NonNullable<Stage['database']>['restore']>[0]): Promise<void> {
  const { nodes, database, knowledge, history } = stage
  for (const node of nodes) await node.crash()
  database!.stop()
  database!.restore(backup)
  history.note(stage.now(), 'operator', 'a backup is restored')
  // From now on everything of before may be refused, and nothing of it was asked for.
  knowledge.ending(stage.now(), { everything: true })
  await stage.sleep(stage.chance.between(0, 50))
  database!.start()
  await stage.restored(Math.ceil(stage.setting.leaseMs * 1.01))
  await Promise.all(nodes.map((node) => node.start()))
  // Who has just begun knows the keys of now, and nothing of before.
  for (const verifier of stage.verifiers) {
    if (stage.chance.happens(0.4)) continue
    await verifier.crash()
    verifier.start()
  }
}
