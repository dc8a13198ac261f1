import { createDevice, createPasswords } from '../people.ts'
import { cutsOf, lives, press, restartsOf, restartsOfIssuer } from '../plots.ts'
import { calm, rough, type Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'

/** TWOTX, NOQUAR, SHORTQUAR, CLEANQUAR: crashes, and stops soon after them. */
export const crashes: Scenario = {
  name: 'crashes',
  story: 'the issuer crashes, starts, stops and starts again while things end',
  rules: ['TWOTX', 'NOQUAR', 'SHORTQUAR', 'CLEANQUAR', 'R1'],
  setting: (chance) => ({
    leaseMs: 2_000,
    verifiers: 2,
    inside: chance.happens(0.5),
    weather: rough(1_500),
    steps: chance.one([
      [0.02, 0.3],
      [2, 80],
    ]),
    lasts: 10_000,
  }),
  play(stage) {
    void lives(stage, 1, { rest: 200, use: 300, again: 0.5 })
    void lives(stage, 2, { rest: 200, use: 300, again: 0.5 })
    void restartsOfIssuer(stage, [0, stage.setting.leaseMs * 1.5], 200, 0.6)
    void cutsOf(stage, stage.verifiers[0]!, 1_500, 2_500)
  },
}

/** CLEANGRANT, CLEANLATE: planned restarts, with verifiers that begin at that very time. */
export const planned: Scenario = {
  name: 'planned restarts',
  story: 'the issuer is restarted again and again while verifiers begin and things end',
  rules: ['CLEANGRANT', 'CLEANLATE', 'R1'],
  setting: (chance) => ({
    leaseMs: 2_000,
    verifiers: 2,
    weather: rough(800),
    steps: chance.one([
      [0.02, 5],
      [2, 20],
    ]),
    lasts: 9_000,
  }),
  play(stage) {
    const { chance, issuer, network, verifiers } = stage
    void lives(stage, 1, { rest: 100, use: 200, again: 0.6 })
    void restartsOf(stage, verifiers[1]!, 1_500, 50)
    void (async () => {
      for (;;) {
        // Only who has nothing to wait for stops clean.
        await stage.sleep(chance.happens(0.7) ? chance.between(2_200, 2_800) : chance.between(50, 500))
        const fresh = verifiers[0]!
        // It begins, has its first answer, and is cut off: while the issuer stops, or just after it has started.
        const begin = async () => {
          fresh.start()
          await stage.sleep(chance.between(2, stage.setting.steps![1] * 6))
          network.cut(fresh.name, chance.between(1_000, 2_500))
        }
        await fresh.crash()
        const isEarly = chance.happens(0.5)
        const stopped = Promise.race([issuer.stop(), stage.sleep(1_500)])
        await stage.sleep(chance.between(0, 60))
        const begun = isEarly ? begin() : undefined
        await stopped
        await issuer.crash()
        await issuer.start()
        await (begun ?? begin())
        await stage.sleep(chance.between(0, 20))
        if (!isEarly || chance.happens(0.3)) {
          await issuer.crash()
          await issuer.start()
        }
        press(stage)
      }
    })()
  },
}

/** Nothing goes wrong but planned restarts: then nothing may be refused, and nobody waits. */
export const seamless: Scenario = {
  name: 'seamless',
  story: 'planned restarts under steady load: no verifier loses its lease, and sign-outs are confirmed at once',
  rules: ['R1', 'V8'],
  setting: () => ({ leaseMs: 2_000, users: 2, verifiers: 2, inside: true, weather: calm, healthyWait: 900, drift: true, lasts: 4_000 }),
  async play(stage) {
    await stage.sleep(1_000)
    for (const user of [1, 2]) void lives(stage, user, { rest: 300, use: 600, again: 0.3 })
    for (;;) {
      await stage.sleep(stage.chance.between(300, 2_000))
      await stage.issuer.stop()
      await stage.sleep(stage.chance.between(0, 100))
      await stage.issuer.start()
    }
  },
}

/** LOWERATONCE, OLDWATCH: the lease is changed. */
export const leaseChanged: Scenario = {
  name: 'lease changed',
  story: 'the lease is raised and lowered again and again while verifiers are cut off',
  rules: ['LOWERATONCE', 'OLDWATCH', 'D3'],
  setting: (chance) => ({
    leaseMs: 3_000,
    verifiers: 2,
    weather: rough(300, 0.05),
    steps: chance.one([
      [0.02, 0.3],
      [3, 25],
    ]),
    slowQueries: true,
    lasts: 14_000,
  }),
  play(stage) {
    const { chance } = stage
    for (const user of [1, 2]) void lives(stage, user, { rest: 200, use: 200 })
    for (const verifier of stage.verifiers) void cutsOf(stage, verifier, 2_000, 3_000)
    void changes(
      stage,
      chance.one([
        [300, 2_000],
        [1_000, 1_700],
        [2_000, 4_000],
      ]),
    )
  },
}

/** LEASEATF2: the lease is raised while a row is being written. */
export const leaseRaised: Scenario = {
  name: 'lease raised',
  story: 'the lease is raised while verifiers ask, and their next request gets lost',
  rules: ['LEASEATF2', 'D3'],
  setting: () => ({
    leaseMs: 500,
    longestLeaseMs: 5_000,
    verifiers: 2,
    weather: { ...calm, lost: 0.25 },
    steps: [0.1, 3],
    lasts: 5_000,
  }),
  async play(stage) {
    const { chance } = stage
    for (const user of [1, 2]) void impatient(stage, user)
    await stage.sleep(chance.between(700, 1_200))
    await stage.ask({ op: 'lease', leaseMs: 5_000 })
    await stage.sleep(chance.between(0, 200))
    for (const verifier of stage.verifiers) if (chance.happens(0.5)) stage.network.cut(verifier.name, 4_000)
  },
}

/** A user who signs in again without waiting for what was asked for. */
async function impatient(stage: Stage, user: number): Promise<void> {
  const device = createDevice(stage, user, createPasswords(stage))
  for (;;) {
    await stage.sleep(stage.chance.between(0, 150))
    if (await device.signIn()) await Promise.race([device.signOut(), stage.sleep(150)])
  }
}

async function changes(stage: Stage, every: readonly [number, number]): Promise<void> {
  for (let isShort = true; ; isShort = !isShort) {
    await stage.sleep(stage.chance.between(every[0], every[1]))
    await Promise.race([stage.ask({ op: 'lease', leaseMs: isShort ? 600 : 3_000 }), stage.sleep(1_000)])
    if (!isShort && stage.chance.happens(0.5)) {
      await stage.sleep(stage.chance.between(0, 500))
      for (const verifier of stage.verifiers) stage.network.cut(verifier.name, 3_000)
    }
  }
}

/** SHAREDASK, LATEASK: verifiers that never get a lease ask about each token. */
export const asked: Scenario = {
  name: 'asked',
  story: 'verifiers that cannot follow ask the issuer about each token, and answers are late',
  rules: ['SHAREDASK', 'LATEASK', 'V5'],
  setting: () => ({
    leaseMs: 2_000,
    verifiers: 2,
    weather: { ...rough(2_500, 0.02), late: 0.3 },
    followsLost: 0.97,
    verifierPauses: [0.01, 3_000],
    lasts: 10_000,
  }),
  play(stage) {
    for (const user of [1, 2]) {
      void lives(stage, user, {
        rest: 300,
        use: 800,
        async before(device) {
          // Questions that are under way when the session ends.
          const token = device.tokens()?.access
          if (token !== undefined) for (let index = 0; index < 4; index++) stage.call(token)
          await stage.sleep(stage.chance.between(0, 20))
        },
      })
    }
  },
}

/** VSLEEP, FAILOPEN: machines that are suspended. */
export const suspended: Scenario = {
  name: 'suspended',
  story: 'verifiers are suspended: their monotonic clock stands still while the issuer waits',
  rules: ['VSLEEP', 'V6'],
  setting: () => ({ leaseMs: 2_000, verifiers: 2, weather: rough(300), lasts: 8_000 }),
  play(stage) {
    const { chance, setting } = stage
    void lives(stage, 1, { rest: 300, use: 500 })
    for (const verifier of stage.verifiers) {
      void (async () => {
        for (;;) {
          await stage.sleep(chance.between(0, setting.leaseMs))
          const milliseconds = chance.between(setting.leaseMs * 0.5, setting.leaseMs * 1.5)
          verifier.machine.suspend(milliseconds)
          await stage.sleep(milliseconds)
          press(stage)
        }
      })()
    }
  },
}

/** UNKNOWNSORT, KEEPID: entries that verifiers do not know yet. */
export const newSort: Scenario = {
  name: 'new sort',
  story: 'a newer issuer ends sessions by entries of a sort that verifiers do not know',
  rules: ['UNKNOWNSORT', 'KEEPID', 'V9'],
  setting: () => ({
    leaseMs: 1_500,
    verifiers: 2,
    weather: { ...rough(1_200), late: 0.3 },
    takesLateAnswers: true,
    newSorts: 0.25,
    lasts: 5_000,
  }),
  play(stage) {
    void lives(stage, 1, { rest: 300, use: 300 })
    void lives(stage, 2, { rest: 300, use: 300 })
    for (const verifier of stage.verifiers) void restartsOf(stage, verifier, 6_000, 50)
    void createDevice(stage, 1, createPasswords(stage))
  },
}
