import type { Instant } from '../../domain/instant.ts'
import { receiptAt, receiptColumns } from '../rows.ts'
import type { StoredReceipt } from '../store.ts'
import { type Database, prepareReader, prepareWriter } from './database.ts'

/** S3, S5: outcomes of endings, until nobody can ask any more. */
export interface Receipts {
  save(receipt: StoredReceipt): void
  byId(id: string, now: Instant): StoredReceipt | undefined
  /** The confirmed one, if there are several. */
  bySeq(seq: number, now: Instant): StoredReceipt | undefined
}

/** Prepares them. */
export function prepareReceipts(database: Database): Receipts {
  // What was confirmed stays so.
  const save = prepareWriter(
    database,
    `INSERT INTO receipts (id, seq, outcome, body, until) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome, body = excluded.body, until = excluded.until WHERE outcome = 'pending'`,
  )
  const byId = prepareReader(database, `SELECT ${receiptColumns} FROM receipts r WHERE r.id = ? AND r.until > ?`)
  const bySeq = prepareReader(
    database,
    `SELECT ${receiptColumns} FROM receipts r WHERE r.seq = ? AND r.until > ? ORDER BY r.outcome, r.id LIMIT 1`,
  )
  return {
    save: ({ id, seq, outcome, body, until }) => void save(id, seq, outcome, JSON.stringify(body), until),
    byId: (id, now) => receiptAt(byId.get(id, now)),
    bySeq: (seq, now) => receiptAt(bySeq.get(seq, now)),
  }
}
