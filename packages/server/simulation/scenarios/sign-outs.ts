import { cutsOf, lives, restartsOf, stopsOf } from '../plots.ts'
import { calm, rough, type Scenario } from '../scenario.ts'

/** NOROW, ACKONSEND, NOWAIT, VERLATE, CLOCKFIRST: a sign-out while answers are under way. */
export const slow: Scenario = {
  name: 'slow',
  story: 'sign-outs while answers to verifiers are late, lost or doubled, and each step of each process takes its time',
  rules: ['NOROW', 'ACKONSEND', 'NOWAIT', 'VERLATE', 'CLOCKFIRST'],
  setting(chance) {
    const leaseMs = 2_000
    return {
      leaseMs,
      verifiers: 2,
      weather: rough(leaseMs * chance.one([0.4, 0.9, 1.5])),
      issuerPauses: [chance.one([0, 0.01]), leaseMs],
      verifierPauses: [chance.one([0.005, 0.03]), leaseMs * 1.2],
      steps: chance.one([
        [0.02, 0.3],
        [1, 60],
        [10, 500],
      ]),
      lasts: leaseMs * 6,
    }
  },
  play(stage) {
    void lives(stage, 1, { rest: 500, use: 1_000, again: 0.4 })
  },
}

/** READBEFORE, NOREAD, PAGED, READFIRST, ACKEARLY, LEASEFIRST, SETFIRST, FAILOPEN: verifiers that have just begun. */
export const cold: Scenario = {
  name: 'cold',
  story: 'verifiers begin, cold, before, while and after something ends',
  rules: ['READBEFORE', 'NOREAD', 'PAGED', 'READFIRST', 'ACKEARLY', 'LEASEFIRST', 'SETFIRST', 'FAILOPEN', 'F5'],
  setting(chance) {
    const leaseMs = 2_000
    return {
      leaseMs,
      verifiers: 2,
      weather: rough(leaseMs * chance.one([0.1, 0.5])),
      steps: chance.one([
        [0.02, 0.3],
        [5, 100],
      ]),
      slowQueries: true,
      lasts: leaseMs * 2.5,
    }
  },
  play(stage) {
    const { leaseMs } = stage.setting
    void lives(stage, 1, { rest: 200, use: 200 })
    void lives(stage, 2, { rest: 200, use: 200, cuts: true })
    for (const verifier of stage.verifiers) void restartsOf(stage, verifier, leaseMs * 0.6, leaseMs * 0.1)
  },
}

/** SHORTWAIT, WAITEARLY, RELEASELIVE, DRIFT: the whole wait is used. */
export const cutOff: Scenario = {
  name: 'cut off',
  story:
    'verifiers are cut off from the issuer just when something ends, with leases as fresh as can be and clocks as far apart as D1 allows',
  rules: ['SHORTWAIT', 'WAITEARLY', 'DRIFT', 'RELEASELIVE', 'S2', 'D1'],
  setting(chance) {
    const leaseMs = 5_000
    return {
      leaseMs,
      verifiers: 2,
      weather: { ...calm, lost: 0.02 },
      drift: true,
      steps: chance.one([
        [0.02, 0.3],
        [1, 40],
        [5, 300],
        [100, 400],
      ]),
      slowQueries: true,
      lasts: leaseMs * 3.5,
    }
  },
  play(stage) {
    const { chance, network, setting } = stage
    // The other user's sign-out renews every lease: who is asked has just been answered.
    void lives(stage, 2, { rest: setting.leaseMs * 0.4, use: 50 })
    void lives(stage, 1, {
      rest: 300,
      use: 200,
      async before() {
        const cut = async () => {
          await stage.ask({ op: 'end', target: { user: stage.cast.users[1]! }, wait: 0 })
          await stage.sleep(chance.between(0, 12))
          for (const verifier of stage.verifiers) network.cut(verifier.name, setting.leaseMs * chance.between(0.9, 1.4))
        }
        // Just before the end is asked for, or while it is on its way into the ledger.
        if (chance.happens(0.5)) await cut().then(() => stage.sleep(chance.between(0, 12)))
        else void stage.sleep(chance.between(0, 500)).then(cut)
      },
    })
  },
}

/** NOBEAT, BEATONE, JUDGEEARLY, DELETEBLIND, SAMEID: rows of verifiers that are silent for about `W`, and return. */
export const silent: Scenario = {
  name: 'silent',
  story: 'verifiers are silent for about as long as their rows are kept, and return',
  rules: ['NOBEAT', 'BEATONE', 'JUDGEEARLY', 'DELETEBLIND', 'L4'],
  // What is waited for is the time for which a row is kept.
  lean: 1,
  setting(chance) {
    const leaseMs = 1_000
    return {
      leaseMs,
      verifiers: 2,
      weather: { ...rough(leaseMs * chance.one([0.3, 0.9]), 0.08), late: 0.3 },
      steps: chance.one([
        [0.02, 0.3],
        [5, 60],
        [20, 200],
      ]),
      slowQueries: true,
      lasts: leaseMs * 10,
    }
  },
  play(stage) {
    const { leaseMs } = stage.setting
    for (const user of [1, 2]) void lives(stage, user, { rest: leaseMs * 0.3, use: leaseMs * 0.1 })
    const [first, second] = stage.verifiers
    void stopsOf(stage, first!, leaseMs * 0.8, [leaseMs * 0.8, leaseMs * 2])
    void restartsOf(stage, second!, leaseMs * 4, 1)
    void (async () => {
      // Silent after its very first request.
      for (;;) {
        await stage.sleep(stage.chance.between(1, 6))
        second!.process()?.pause(stage.chance.between(leaseMs * 0.9, leaseMs * 1.5))
        await stage.sleep(stage.chance.between(leaseMs * 1.5, leaseMs * 3))
        await second!.crash()
        second!.start()
      }
    })()
    for (const verifier of stage.verifiers) void cutsOf(stage, verifier, leaseMs * 3, leaseMs)
  },
}

/** SAMEID: two processes of one service. */
export const twoProcesses: Scenario = {
  name: 'two processes',
  story: 'two processes of one service, one of them new, or cut off, when something ends',
  rules: ['SAMEID', 'V2'],
  setting: () => ({ leaseMs: 2_000, verifiers: 2, sharing: true, weather: rough(1_500), lasts: 10_000 }),
  play(stage) {
    const { leaseMs } = stage.setting
    void lives(stage, 1, { rest: 300, use: 600 })
    void restartsOf(stage, stage.verifiers[1]!, leaseMs, 100)
    void cutsOf(stage, stage.verifiers[0]!, leaseMs, leaseMs)
  },
}

/** REPLACE, UNMATCHED, KEEPID: answers to requests that were given up are taken as well. */
export const lateAnswers: Scenario = {
  name: 'late answers',
  story: 'a verifier asks again before it was answered, and takes every answer that comes, in any order',
  rules: ['REPLACE', 'UNMATCHED', 'V3', 'V4'],
  lean: 1,
  setting: (chance) => ({
    leaseMs: 1_500,
    verifiers: 2,
    weather: { ...rough(1_500 * chance.one([0.6, 1])), late: 0.3 },
    takesLateAnswers: true,
    lasts: 9_000,
  }),
  play(stage) {
    void lives(stage, 1, { rest: 300, use: 500 })
    void lives(stage, 2, { rest: 300, use: 500 })
    void restartsOf(stage, stage.verifiers[1]!, 1_500, 50)
    void cutsOf(stage, stage.verifiers[0]!, 1_200, 2_500)
  },
}
