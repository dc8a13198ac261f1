import { claimsOf } from '../claims-of.ts'
import { createDevice, createPasswords, end } from '../people.ts'
import { calm, rough, type Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'

/** Everybody does everything, and everything goes wrong. */
export const ordinary: Scenario = {
  name: 'ordinary',
  story: 'users sign in, call, refresh and sign out; processes stop, crash and return; the network is bad',
  rules: ['*'],
  setting(chance) {
    const leaseMs = chance.one([500, 2_000, 5_000])
    return {
      leaseMs,
      users: 2,
      verifiers: 3,
      sharing: chance.happens(0.3),
      inside: chance.happens(0.5),
      weather: rough(leaseMs * chance.one([0.05, 0.5, 2])),
      issuerPauses: [chance.one([0, 0.002, 0.01]), leaseMs * 1.5],
      verifierPauses: [chance.one([0, 0.005, 0.02]), leaseMs * 1.5],
      drift: chance.happens(0.5),
      lasts: leaseMs * 6,
    }
  },
  play(stage) {
    const { chance, setting } = stage
    for (let user = 1; user <= 2; user++) {
      for (let device = 0; device < 2; device++) void live(stage, user)
    }
    for (const verifier of stage.verifiers) {
      if (verifier.name !== 'inside' && chance.happens(0.3)) void trouble(stage, verifier)
    }
    if (chance.happens(0.5)) void restarts(stage)
    void setting
  },
}

/** Nothing goes wrong: then nothing may be refused, and nobody waits. */
export const healthy: Scenario = {
  name: 'healthy',
  story: 'all is well: no good token is refused, and a sign-out is confirmed in a round trip',
  rules: ['F4', 'D2', 'V8'],
  setting: (chance) => ({
    leaseMs: chance.one([500, 2_000, 5_000, 60_000]),
    users: 2,
    verifiers: 2,
    inside: true,
    weather: calm,
    healthyWait: 60,
    drift: true,
    lasts: 8_000,
  }),
  async play(stage) {
    await stage.sleep(1_000)
    for (let user = 1; user <= 2; user++) void live(stage, user)
  },
}

/** A device's life, over and over. */
async function live(stage: Stage, user: number): Promise<void> {
  const { chance, setting } = stage
  const pace = Math.min(setting.leaseMs, 5_000) * (setting.pace ?? 1)
  const passwords = createPasswords(stage)
  const device = createDevice(stage, user, passwords)
  for (;;) {
    await stage.sleep(chance.between(0, pace))
    const tokens = await device.signIn()
    if (!tokens) continue
    await device.use(chance.between(0, pace), pace / 10)
    if (chance.happens(0.5)) await device.refresh()
    await device.use(chance.between(0, pace), pace / 10)
    const { sid } = tokens
    const how = chance.below(10)
    if (how === 8) await device.signOutOthers()
    else if (how === 9) await end(stage, { token: claimsOf(tokens.access).jti })
    else if (how < 4) await device.signOut(chance.one([undefined, undefined, 0, 1]))
    else if (how === 4) await end(stage, { user: stage.cast.users[user - 1]! })
    else if (how === 5 && sid !== undefined) await end(stage, { session: sid })
    else if (how === 6) await end(stage, { everything: true })
    else await end(stage, { client: 'first-party' })
    if (chance.happens(0.3)) await device.signOut() // a second click
  }
}

async function trouble(stage: Stage, verifier: Stage['verifiers'][number]): Promise<void> {
  const { chance, setting } = stage
  // A machine that has both its clocks wrong at a time is outside of the promise.
  const isSuspended = chance.happens(0.5)
  for (;;) {
    await stage.sleep(chance.between(0, setting.leaseMs * 3))
    const what = chance.below(5)
    if (what === 0) stage.network.cut(verifier.name, chance.between(0, setting.leaseMs * 2))
    else if (what === 1 && !isSuspended) verifier.machine.setWall(chance.between(-1, 1) * setting.leaseMs * 3)
    else if (what === 1 || (what === 2 && isSuspended)) verifier.machine.suspend(chance.between(0, setting.leaseMs * 2))
    else {
      if (what === 3) await verifier.crash()
      else await verifier.stop()
      await stage.sleep(chance.between(0, setting.leaseMs))
      verifier.start()
    }
  }
}

async function restarts(stage: Stage): Promise<void> {
  const { chance, setting, issuer } = stage
  for (;;) {
    await stage.sleep(chance.between(0, setting.leaseMs * 3))
    if (chance.happens(0.5)) await issuer.crash()
    else {
      // A stop that is interrupted is a crash.
      await Promise.race([issuer.stop(), stage.sleep(setting.leaseMs)])
      await issuer.crash()
    }
    await stage.sleep(chance.between(0, setting.leaseMs / 2))
    await issuer.start()
  }
}
