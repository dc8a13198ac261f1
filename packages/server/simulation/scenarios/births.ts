import type { Tokens } from '../answer.ts'
import { createDevice, createPasswords, end } from '../people.ts'
import { calm, type Scenario, type Setting } from '../scenario.ts'
import type { Stage } from '../stage.ts'

/** Steps that take their time, so that everything races with everything; verifiers that are well. */
function racing(more: Partial<Setting> = {}): Setting {
  return {
    leaseMs: 2_000,
    verifiers: 1,
    weather: { ...calm, delay: [0.2, 6] },
    steps: [0.1, 12],
    slowQueries: true,
    lasts: 1_200,
    ...more,
  }
}

/** POSLATE, HEADAFTER, NOCHECK: tokens and grants are born while a cut is made. */
export const births: Scenario = {
  name: 'births',
  story: 'sign-ins, codes, refreshes and tokens of clients race with the ends of users, clients and everything',
  rules: ['POSLATE', 'HEADAFTER', 'NOCHECK', 'P1', 'P2', 'M2'],
  setting: () => racing(),
  play(stage) {
    const { chance } = stage
    for (let device = 0; device < 2; device++) void browser(stage)
    void robot(stage)
    void (async () => {
      for (;;) {
        await stage.sleep(chance.between(0, 150))
        const how = chance.below(4)
        if (how < 2) await end(stage, { user: stage.cast.users[0]! })
        else if (how === 2) await end(stage, { client: chance.one(['web', 'robot', 'first-party']) })
        else await end(stage, { everything: true })
      }
    })()
  },
}

/** PWLATE, CHECKBEFORELOCK: passwords are changed, and everybody tries the old one. */
export const passwords: Scenario = {
  name: 'passwords',
  story: 'a password is changed while old and new ones are typed, and an administrator ends everything of that user',
  rules: ['PWLATE', 'CHECKBEFORELOCK', 'P1', 'P4'],
  setting: () => racing(),
  play(stage) {
    const { chance } = stage
    const numbers = createPasswords(stage)
    const [changer, thief] = [createDevice(stage, 1, numbers), createDevice(stage, 1, numbers)]
    void (async () => {
      for (;;) {
        await stage.sleep(chance.between(0, 60))
        await changer.signIn()
        await stage.sleep(chance.between(0, 40))
        await numbers.change(changer)
      }
    })()
    void (async () => {
      for (;;) {
        await stage.sleep(chance.between(0, 30))
        await thief.signIn()
        if (chance.happens(0.3)) await thief.refresh()
      }
    })()
    void (async () => {
      for (;;) {
        await stage.sleep(chance.between(0, 150))
        await end(stage, { user: stage.cast.users[0]! })
      }
    })()
  },
}

/** RIGHTSFIRST: rights change while tokens are made. */
export const rights: Scenario = {
  name: 'rights',
  story: 'the rights of a user change while tokens are refreshed',
  rules: ['RIGHTSFIRST', 'P5', 'P6'],
  setting: () => racing(),
  play: (stage) => changingRights(stage),
}

/** ENTRYFIRST: the same with rights that the application keeps. */
export const foreignRights: Scenario = {
  name: 'foreign rights',
  story: 'the rights of a user change at the application while tokens are refreshed, and it says so afterwards',
  rules: ['ENTRYFIRST', 'RIGHTSFIRST', 'P5', 'P6'],
  setting: () => racing({ foreign: true }),
  play: (stage) => changingRights(stage),
}

function changingRights(stage: Stage): void {
  const { chance } = stage
  const device = createDevice(stage, 1, createPasswords(stage))
  void (async () => {
    while (!(await device.signIn())) await stage.sleep(1)
    for (;;) {
      await stage.sleep(chance.between(0, 20))
      const tokens = await device.refresh()
      if (tokens) stage.call(tokens.access)
    }
  })()
  void (async () => {
    for (let number = 2; ; number++) {
      await stage.sleep(chance.between(0, 200))
      await end(stage, { rights: number, user: stage.cast.users[0]! })
    }
  })()
}

/** A browser: signs in at the pages, gets codes, redeems them, refreshes, whatever happens meanwhile. */
export async function browser(stage: Stage): Promise<void> {
  const { chance } = stage
  const device = createDevice(stage, 1, createPasswords(stage))
  for (;;) {
    await stage.sleep(chance.between(0, 40))
    const signedIn = await device.signIn(true)
    const cookie = signedIn?.cookie
    if (cookie === undefined) continue
    for (let round = 0; round < 4; round++) {
      await stage.sleep(chance.between(0, 30))
      const asked = await stage.ask<{ code?: string }>({ op: 'code', cookie, offline: chance.happens(0.3) })
      if (asked?.code === undefined) continue
      await stage.sleep(chance.between(0, 30))
      let tokens = await stage.ask<Tokens>({ op: 'redeem', code: asked.code })
      while (tokens?.access !== undefined && chance.happens(0.7)) {
        stage.remember(tokens.access)
        await stage.sleep(chance.between(0, 30))
        const { refresh } = tokens
        tokens = refresh === undefined ? undefined : await stage.ask<Tokens>({ op: 'refresh-web', token: refresh })
      }
    }
  }
}

async function robot(stage: Stage): Promise<void> {
  for (;;) {
    await stage.sleep(stage.chance.between(0, 60))
    const tokens = await stage.ask<Tokens>({ op: 'client-token' })
    if (tokens?.access !== undefined) stage.remember(tokens.access)
  }
}
