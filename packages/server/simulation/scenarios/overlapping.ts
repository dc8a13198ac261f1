import { createDevice, createPasswords } from '../people.ts'
import { calm, rough, type Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'
import { rare } from './on-nodes.ts'

/** GAPS: ends are committed at several nodes at once, and a commit takes its time. */
export const together: Scenario = {
  name: 'together',
  story: 'several devices are signed out at the same moment, at several nodes, whose commits take their time',
  rules: ['GAPS', 'L2', 'L3', 'S2'],
  setting: (chance) => ({
    leaseMs: chance.one([400, 800]),
    nodes: chance.one([2, 3]),
    users: 2,
    verifiers: 2,
    weather: chance.happens(0.5) ? calm : rough(300),
    database: { commit: [0.2, chance.one([5, 40])], gap: 0.3, wakesLost: chance.one([0, 0.5]) },
    lasts: 450,
    slack: 2_500,
  }),
  play(stage) {
    const { chance } = stage
    const devices = [1, 2, 1, 2].map((user) => createDevice(stage, user, createPasswords(stage)))
    void (async () => {
      for (;;) {
        await Promise.all(devices.map((device) => device.signIn()))
        await stage.sleep(chance.between(0, 120))
        const ends = devices.map((device) => stage.sleep(chance.between(0, 15)).then(() => device.signOut()))
        await Promise.race([Promise.all(ends), stage.sleep(stage.setting.leaseMs * 2)])
        await stage.sleep(chance.between(0, 80))
      }
    })()
  },
}

/** Minutes go by. Tokens live for half a minute, entries for a minute and a half; verifiers' clocks are far behind. */
const minutes = {
  ...{ leaseMs: 60_000, accessLifetime: 30, nodes: 2, verifiers: 1, wallError: 900_000, slack: 1e9 },
  weather: { ...calm, delay: [0.2, 0.3] as const },
}

/** NOMARGIN, LEAP: a commit takes seconds, and what was minted meanwhile outlives the entry by as much. */
export const slowCommits: Scenario = {
  name: 'slow commits',
  weight: rare,
  story: 'tokens are refreshed at one node while another one commits the end of their session for seconds; then entries are forgotten',
  rules: ['NOMARGIN', 'LEAP', 'M1', 'M3', 'E1'],
  setting: () => ({ ...minutes, database: { commit: [0.2, 9_000], gap: 0 }, lasts: 260_000 }),
  play: (stage) => refreshedAtTheEnd(stage, 9_000),
}

/** SLOWTX: a node is stopped for minutes in the middle of a transaction, and the balancer gives nobody to it meanwhile. */
export const stoppedTransactions: Scenario = {
  name: 'stopped transactions',
  weight: rare,
  story:
    'a node is stopped for minutes in the middle of ending a session; tokens are refreshed at the other one, and the entry is forgotten',
  rules: ['SLOWTX', 'M3', 'E1', 'L4'],
  // The transaction holds up E1 as well, so the horizon passes the entry more than a minute after the commit: tokens must live for longer.
  setting: () => ({ ...minutes, accessLifetime: 120, database: { way: [1, 2], gap: 0 }, lasts: 230_000 }),
  async play(stage) {
    const { chance, network, nodes } = stage
    const [first, second] = nodes.map(({ machine }) => machine.name) as [string, string]
    const device = createDevice(stage, 1, createPasswords(stage))
    while (!(await device.signIn())) await stage.sleep(10)
    await stage.sleep(chance.between(500, 3_000))
    // M3: so long that the entry is forgotten at the first step after it, as it counts from the clock that the transaction has read.
    const stopped = chance.between(110_000, 130_000)
    network.balance('issuer', [first], 1)
    void device.signOut()
    // Where the entry has its number and its clock, and COMMIT is not sent yet, if the seed will have it so.
    await stage.sleep(chance.between(5, 9))
    nodes[0]!.process()?.pause(stopped)
    network.balance('issuer', [second], 1)
    const until = stage.now() + stopped
    while (stage.now() < until - 10_000) {
      await stage.sleep(chance.between(2_000, 10_000))
      await Promise.race([device.refresh(), stage.sleep(5_000)])
    }
    await stage.sleep(until - stage.now())
    network.balance('issuer', [first, second], 2)
    for (;;) {
      await stage.sleep(chance.between(500, 2_000))
      for (const token of stage.known().slice(-3)) stage.call(token)
    }
  },
}

/** Devices that refresh again and again while they are signed out, and whose tokens are tried for long afterwards. */
function refreshedAtTheEnd(stage: Stage, long: number): void {
  const { chance } = stage
  for (let index = 0; index < 2; index++) {
    const device = createDevice(stage, index + 1, createPasswords(stage))
    void (async () => {
      for (;;) {
        await stage.sleep(chance.between(0, 20_000))
        if (!(await Promise.race([device.signIn(), stage.sleep(20_000)]))) continue
        await stage.sleep(chance.between(0, 5_000))
        let isOver = false
        void device.signOut().then(() => {
          isOver = true
        })
        const until = stage.now() + long
        while (!isOver && stage.now() < until) {
          await stage.sleep(chance.between(0, Math.min(long / 6, 12_000)))
          await Promise.race([device.refresh(), stage.sleep(12_000)])
        }
      }
    })()
  }
  void (async () => {
    for (;;) {
      await stage.sleep(chance.between(0, 12_000))
      const known = stage.known().slice(-16)
      for (let index = 0; index < 6 && known.length > 0; index++) stage.call(chance.one(known))
    }
  })()
}
