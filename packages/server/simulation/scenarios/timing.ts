import { createDevice, createPasswords, end } from '../people.ts'
import { press } from '../plots.ts'
import { calm, type Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'

/** READBEFORE, READFIRST: a verifier begins at the very moment at which something ends. */
export const newcomer: Scenario = {
  name: 'newcomer',
  story: 'a verifier begins at the moment at which a session ends',
  rules: ['READBEFORE', 'READFIRST', 'F2', 'S2'],
  setting: (chance) => ({
    leaseMs: 2_000,
    verifiers: 1,
    weather: { ...calm, late: 0.4, lateness: 300 },
    steps: chance.one([
      [0.02, 0.3],
      [1, 12],
      [5, 40],
    ]),
    slowQueries: true,
    lasts: 4_000,
  }),
  async play(stage) {
    const { chance } = stage
    const verifier = stage.verifiers[0]!
    const device = createDevice(stage, 1, createPasswords(stage))
    for (;;) {
      await verifier.stop()
      if (!(await device.signIn())) continue
      void stage.sleep(chance.between(0, 120)).then(() => verifier.start())
      await stage.sleep(chance.between(0, 120))
      await Promise.race([device.signOut(), stage.sleep(500)])
      await stage.sleep(chance.between(0, 200))
    }
  },
}

/** WAITEARLY, DRIFT, JUDGEEARLY: the lease is as fresh as can be when the verifier is cut off and the session ends. */
export const brim: Scenario = {
  name: 'to the brim',
  story:
    'a verifier with the freshest lease is cut off while a session ends, so that the whole wait is used, with clocks as far apart as D1 allows',
  rules: ['WAITEARLY', 'DRIFT', 'JUDGEEARLY', 'D1', 'S2', 'L4'],
  setting(chance) {
    const leaseMs = chance.one([500, 1_000, 5_000])
    return {
      leaseMs,
      verifiers: 1,
      weather: calm,
      drift: true,
      // The end waits for its turn, or the rows do: not those who ask for a lease.
      waits: chance.one([{}, { update: 400 }, { rows: leaseMs * 0.8 }]),
      lasts: leaseMs === 5_000 ? 12_000 : 5_000,
      slack: 1_500 + leaseMs,
    }
  },
  async play(stage) {
    const { chance, setting, network } = stage
    const other = { user: stage.cast.users[1]! }
    const device = createDevice(stage, 1, createPasswords(stage))
    for (;;) {
      await stage.sleep(chance.between(100, 300))
      if (!(await device.signIn())) continue
      const early = chance.happens(0.5) ? device.signOut() : undefined
      if (early) await stage.sleep(chance.between(0, setting.waits?.update ?? 10))
      // Each of these is told at once, so the second one's answer gives a lease that has just begun.
      await Promise.all([end(stage, other, 0), stage.sleep(chance.between(3, 12)).then(() => end(stage, other, 0))])
      await stage.sleep(chance.between(0, 8))
      network.cut('orders', setting.leaseMs * 1.3)
      await Promise.race([early ?? device.signOut(), stage.sleep(setting.leaseMs * 2)])
      await stage.sleep(setting.leaseMs * 0.3)
    }
  },
}

/** DELETEBLIND, BEATONE, NOBEAT: a verifier comes back when its row is about to go, and is cut off again. */
export const returning: Scenario = {
  name: 'returning',
  story: 'a verifier is silent for as long as its row is kept, returns for one answer, and is cut off again while sessions end',
  rules: ['DELETEBLIND', 'BEATONE', 'L4', 'F1'],
  lean: 1,
  setting: () => ({
    leaseMs: 1_000,
    verifiers: 1,
    weather: calm,
    steps: [0.02, 2],
    waits: { forget: 800 },
    slack: 1_200,
    lasts: 6_000,
  }),
  play(stage) {
    const { chance, network, setting } = stage
    for (const user of [1, 2]) void endings(stage, user)
    void (async () => {
      for (;;) {
        network.cut('orders', setting.leaseMs * chance.between(1, 1.6))
        const [verifier] = stage.verifiers
        while (!network.reaches('orders')) await stage.sleep(5)
        await stage.sleep(chance.between(50, 450))
        network.cut('orders', setting.leaseMs * chance.between(0.6, 1))
        press(stage)
        while (!network.reaches('orders')) await stage.sleep(5)
        await stage.sleep(chance.between(50, 400))
        if (chance.happens(0.2)) {
          await verifier!.crash()
          verifier!.start()
        }
      }
    })()
  },
}

async function endings(stage: Stage, user: number): Promise<void> {
  const device = createDevice(stage, user, createPasswords(stage))
  for (;;) {
    await stage.sleep(stage.chance.between(0, 600))
    if (await device.signIn()) await Promise.race([device.signOut(), stage.sleep(2_500)])
  }
}
