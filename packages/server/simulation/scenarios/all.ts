import type { Scenario } from '../scenario.ts'
import { births, foreignRights, passwords, rights } from './births.ts'
import { asked, crashes, leaseChanged, leaseRaised, newSort, planned, seamless, suspended } from './issuer.ts'
import { forgotten, lateHorizon, outlived } from './memory.ts'
import { healthyNodes, troubled } from './nodes.ts'
import { onNodes } from './on-nodes.ts'
import { healthy, ordinary } from './ordinary.ts'
import { announced, oneLost, restored, rolling } from './outages.ts'
import { slowCommits, stoppedTransactions, together } from './overlapping.ts'
import { cold, cutOff, lateAnswers, silent, slow, twoProcesses } from './sign-outs.ts'
import { brim, newcomer, returning } from './timing.ts'

/** Every scenario, in the order of the table. */
export const scenarios: readonly Scenario[] = [
  ...[ordinary, healthy, seamless],
  ...[slow, cold, cutOff, silent, twoProcesses, lateAnswers],
  ...[newcomer, brim, returning],
  ...[crashes, planned, leaseChanged, leaseRaised, asked, suspended, newSort],
  ...[births, passwords, rights, foreignRights],
  ...[forgotten, lateHorizon, outlived],
  ...[troubled, healthyNodes, rolling, oneLost, announced, restored],
  ...[together, slowCommits, stoppedTransactions],
  ...[ordinary, slow, cold, cutOff, silent, twoProcesses, newcomer, brim, returning].map((each) => onNodes(each)),
  ...[leaseChanged, leaseRaised, births, passwords, rights, foreignRights, forgotten].map((each) => onNodes(each)),
]
