import type { Instant } from '../../domain/instant.ts'
import type { StoredReceipt } from '../store.ts'
import { type Database, prepareReader, prepareWriter, type Row } from './database.ts'

/** S3, S5: outcomes of endings, until nobody can ask any more. */
export interface Receipts {
  save(receipt: StoredReceipt): void
  byId(id: string, now: Instant): StoredReceipt | undefined
  /** The confirmed one, if there are several. */
  bySeq(seq: number, now: Instant): StoredReceipt | undefined
}

/** Prepares them. */
export function prepareReceipts(database: Database): Receipts {
  const columns = 'id, seq, outcome, body, until'
  // What was confirmed stays so.
  const save = prepareWriter(
    database,
    `INSERT INTO receipts (${columns}) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome, body = excluded.body, until = excluded.until WHERE outcome = 'pending'`,
  )
  const byId = prepareReader(database, `SELECT ${columns} FROM receipts WHERE id = ? AND until > ?`)
  const bySeq = prepareReader(database, `SELECT ${columns} FROM receipts WHERE seq = ? AND until > ? ORDER BY outcome, id LIMIT 1`)
  return {
    save: ({ id, seq, outcome, body, until }) => void save(id, seq, outcome, JSON.stringify(body), until),
    byId: (id, now) => receiptAt(byId.get(id, now)),
    bySeq: (seq, now) => receiptAt(bySeq.get(seq, now)),
  }
}

function receiptAt(row: Row | undefined): StoredReceipt | undefined {
  if (!row) return undefined
  const [id, seq, outcome, body, until] = row
  return {
    id: id as string,
    seq: seq as number,
    outcome: outcome as StoredReceipt['outcome'],
    body: JSON.parse(body as string) as Readonly<Record<string, unknown>>,
    until: until as number,
  }
}
