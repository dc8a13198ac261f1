import type { Broken } from '../broken.ts'
import { births } from './births.ts'
import { copy } from './copy.ts'
import { follow } from './follow.ts'
import { restart } from './restart.ts'
import { signOut } from './sign-out.ts'
import { verifier } from './verifier.ts'

/** Every broken part: one for each safety rule that one issuer on SQLite can break. */
export const brokenParts: readonly Broken[] = [...follow, ...signOut, ...restart, ...verifier, ...copy, ...births]

/** Names of protocol.md that have no broken part here, and why. */
export const notHere: Readonly<Record<string, string>> = {
  GAPS: 'numbers are given out in one transaction at a time: it takes two that overlap (PostgreSQL)',
  NOMARGIN: 'an end and a mint never overlap in one process: it takes two transactions at a time (PostgreSQL)',
  SLOWTX: 'a transaction is one step: it takes one that stays open (PostgreSQL)',
  LEAP: 'the clock cannot leap within a transaction that is one step: it takes two at a time (PostgreSQL)',
  HORIZONFIRST: 'the process that reads is the one that prunes, and keeps what it has read: it takes two nodes',
  NOJUMP: 'after `curfew restored`, which comes with many nodes',
  PERNODE: 'a wait that is too long, with several nodes; breaks no promise of safety',
  NOWAKE: 'a wait that is too long; breaks no promise of safety',
  NOHURRY: 'a lease that is lost without need; breaks no promise of safety',
}
