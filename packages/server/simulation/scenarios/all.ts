import type { Scenario } from '../scenario.ts'
import { births, foreignRights, passwords, rights } from './births.ts'
import { asked, crashes, leaseChanged, leaseRaised, newSort, planned, seamless, suspended } from './issuer.ts'
import { forgotten, lateHorizon, outlived } from './memory.ts'
import { healthyNodes, troubled } from './nodes.ts'
import { onNodes } from './on-nodes.ts'
import { healthy, ordinary } from './ordinary.ts'
import { announced, forgottenAfterRestore, oneLost, restored, rolling } from './outages.ts'
import { slowCommits, stoppedTransactions, together } from './overlapping.ts'
import { cold, cutOff, lateAnswers, silent, slow, twoProcesses } from './sign-outs.ts'
import { spareRequests } from './spare-requests.ts'
import { brim, newcomer, returning } from './timing.ts'

/** With a file of their own a run takes longer, and what they show has been shown by many runs. */
const alone: readonly Scenario[] = [
  ...[ordinary, healthy, seamless],
  ...[slow, cold, cutOff, silent, twoProcesses, lateAnswers, spareRequests],
  ...[newcomer, brim, returning],
  ...[crashes, planned, leaseChanged, leaseRaised, asked, suspended, newSort],
  ...[births, passwords, rights, foreignRights],
  ...[forgotten, lateHorizon, outlived],
].map((each) => ({ weight: 0.04, ...each }))

/** Every scenario, in the order of the table: one process with SQLite, and several nodes with PostgreSQL. */
export const scenarios: readonly Scenario[] = [
  ...alone,
  ...[troubled, healthyNodes, rolling, oneLost, announced, restored, forgottenAfterRestore],
  ...[together, slowCommits, stoppedTransactions],
  ...[slow, silent, twoProcesses, spareRequests, newcomer, brim, returning, leaseRaised, forgotten].map((each) => onNodes(each)),
  ...[ordinary, cold, cutOff, leaseChanged].map((each) => onNodes(each, () => ({ lasts: 350 }))),
  ...[births, passwords, rights, foreignRights].map((each) => onNodes(each, () => ({ lasts: 250 }))),
]
