import { cutsOf, lives, restartsOf } from '../plots.ts'
import { rough, type Scenario } from '../scenario.ts'

/** F8: spare requests are answered when a message is late or lost, in any order with the answers that they stand for. */
export const spareRequests: Scenario = {
  name: 'spare requests',
  story: 'verifiers keep spare requests at the issuer; many messages are late, lost or come twice, and processes begin anew',
  rules: ['F8', 'V3', 'V4', 'F5'],
  lean: 1,
  setting: (chance) => ({
    leaseMs: 1_500,
    verifiers: 2,
    weather: { ...rough(1_500 * chance.one([0.1, 0.6, 1]), chance.one([0.04, 0.15])), late: 0.3 },
    verifierPauses: [0.002, chance.one([0, 2_000])],
    spareRequests: true,
    lasts: 9_000,
  }),
  play(stage) {
    void lives(stage, 1, { rest: 300, use: 500 })
    void lives(stage, 2, { rest: 300, use: 500, cuts: true })
    void restartsOf(stage, stage.verifiers[1]!, 1_500, 50)
    void cutsOf(stage, stage.verifiers[0]!, 1_200, 2_500)
  },
}
