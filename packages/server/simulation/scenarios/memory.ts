import type { Tokens } from '../answer.ts'
import { createDevice, createPasswords, end } from '../people.ts'
import { calm, type Scenario, type Setting } from '../scenario.ts'
import type { Stage } from '../stage.ts'
import { rare } from './on-nodes.ts'

/** Minutes go by, so that entries are forgotten. Tokens live for half a minute, entries for a minute and a half. */
function long(more: Partial<Setting> = {}): Setting {
  return {
    leaseMs: 60_000,
    accessLifetime: 30,
    verifiers: 2,
    weather: { ...calm, late: 0.05, lateness: 30_000 },
    lasts: 270_000,
    // Far behind: nobody compares wall clocks for safety.
    wallError: 900_000,
    ...more,
  }
}

/** NOHORIZON, FORGETBYCLOCK: a verifier whose wall clock is far behind takes tokens for unexpired. */
export const forgotten: Scenario = {
  name: 'forgotten',
  weight: rare,
  story: 'entries are forgotten while verifiers have clocks that are far behind, leap, or are set back',
  rules: ['NOHORIZON', 'FORGETBYCLOCK', 'E1', 'E2', 'E3'],
  setting: () => long({ takesLateAnswers: true }),
  play(stage) {
    const { chance, verifiers } = stage
    void ended(stage, 1)
    void ended(stage, 2)
    for (const verifier of verifiers) {
      void (async () => {
        for (;;) {
          await stage.sleep(chance.between(0, 60_000))
          const leap = chance.between(60_000, 600_000)
          verifier.machine.setWall(leap)
          await stage.sleep(chance.between(0, 60_000))
          verifier.machine.setWall(-leap)
          await stage.sleep(chance.between(0, 20_000))
          if (chance.happens(0.3)) {
            await verifier.crash()
            verifier.start()
          }
        }
      })()
    }
    void again(stage)
  },
}

/** HORIZONBACK: answers with an old horizon come after the entries that it promised were forgotten. */
export const lateHorizon: Scenario = {
  name: 'late horizon',
  weight: rare,
  story: 'the horizon moves by minutes at a time, and an answer from before comes after one from afterwards',
  rules: ['HORIZONBACK', 'V3', 'E3'],
  setting: () =>
    long({ leaseMs: 100_000, takesLateAnswers: true, weather: { ...calm, late: 0.3, lateness: 60_000 }, slack: 8_000, lasts: 360_000 }),
  play(stage) {
    const { chance, issuer } = stage
    for (const user of [1, 2]) void ended(stage, user)
    void again(stage)
    void (async () => {
      for (;;) {
        await stage.sleep(chance.between(5_000, 40_000))
        issuer.process()?.pause(chance.between(40_000, 120_000))
        await stage.sleep(125_000)
      }
    })()
  },
}

/** IATLATE, NODECLOCK, LEAP, NOCHECK, NOCHECKBIRTH: what is made about the time of an end outlives its entry. */
export const outlived: Scenario = {
  name: 'outlived',
  weight: rare,
  story: 'sign-ins, refreshes and codes that are stopped in the middle for minutes go on when the entry is forgotten',
  rules: ['IATLATE', 'NODECLOCK', 'NOCHECKBIRTH', 'LEAP', 'M1', 'M3', 'P2'],
  setting: (chance) =>
    long({
      verifiers: 1,
      weather: { ...calm, delay: [0.2, 0.3] },
      // One operation stops for minutes, the process does not: a query that waits, a hash in a queue.
      longSteps: [chance.one([0.05, 0.2]), 240_000],
      foreign: chance.happens(0.3),
      wallError: 1_000,
      slack: 1e9,
    }),
  play(stage) {
    const { chance } = stage
    const numbers = createPasswords(stage)
    for (let index = 0; index < 2; index++) {
      const device = createDevice(stage, 1, numbers)
      void (async () => {
        for (;;) {
          await stage.sleep(chance.between(0, 25_000))
          if (!(await device.signIn())) continue
          await stage.sleep(chance.between(0, 5_000))
          // Both at once: the last refresh races with the end.
          void device.refresh()
          if (chance.happens(0.5)) await stage.sleep(chance.between(0, 1))
          if (chance.happens(0.3)) await numbers.change(device)
          else await device.signOut()
          void device.refresh()
        }
      })()
    }
    void again(stage)
  },
}

/** A user signs in and is ended, every half minute. */
async function ended(stage: Stage, user: number): Promise<void> {
  const { chance } = stage
  const device = createDevice(stage, user, createPasswords(stage))
  for (;;) {
    await stage.sleep(chance.between(0, 40_000))
    const tokens: Tokens | undefined = await device.signIn()
    if (!tokens) continue
    await stage.sleep(chance.between(0, 20_000))
    if (chance.happens(0.5)) await device.signOut()
    else await end(stage, { user: stage.cast.users[user - 1]! })
  }
}

/** Old tokens are tried again and again, long after they ended. */
async function again(stage: Stage): Promise<void> {
  for (;;) {
    await stage.sleep(stage.chance.between(0, 16_000))
    const known = stage.known().slice(-24)
    for (let index = 0; index < 8 && known.length > 0; index++) stage.call(stage.chance.one(known))
  }
}
