import type { Instant } from '../../domain/instant.ts'
import type { At } from '../../domain/position.ts'
import { prepareAppend } from './append.ts'
import { type Database, prepareReader, prepareWriter } from './database.ts'

/** R2, in one transaction. */
export type Restore = (at: At, waitMs: number, incarnation: string) => void

/** Which second it is: the numbers after a restore begin at a million times that. */
export function toSecond(now: Instant): number {
  return Math.floor(now / 1000)
}

/** Prepares it. */
export function prepareRestore(database: Database): Restore {
  const append = prepareAppend(database)
  // Above every number ever given, whatever was lost: nobody ends a million things a second.
  const jump = prepareWriter(
    database,
    `UPDATE ledger_state SET head = max(head, ? * 1048576 - 1), settled = 0, clean = 0, moved_to = NULL, wait_ms = max(wait_ms, ?), incarnation = ? WHERE one = 1`,
  )
  const keys = prepareReader(database, "SELECT id FROM keys WHERE use = 'sign' AND ended_at IS NULL ORDER BY id")
  const forget = prepareWriter(database, 'DELETE FROM verifiers')

  return (at, waitMs, incarnation) => {
    jump(toSecond(at.now), waitMs, incarnation)
    append({ do: 'cut', what: 'everything', why: 'restored' }, at)
    // Some may have ended since the backup; new ones are made at the next start.
    for (const [key] of keys.all()) append({ do: 'end', what: { key: String(key) }, why: 'restored' }, at)
    forget()
  }
}
