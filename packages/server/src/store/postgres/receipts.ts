import { receiptAt, receiptColumns } from '../rows.ts'
import type { StoredReceipt } from '../store.ts'
import { clock, type Database, durably } from './database.ts'
import { soughtText } from './load-of.ts'

/** S3, S5: outcomes of endings, until nobody can ask any more. */
export interface Receipts {
  save(receipt: StoredReceipt): Promise<void>
  byId(id: string): Promise<StoredReceipt | undefined>
  /** The confirmed one, if there are several. */
  bySeq(seq: number): Promise<StoredReceipt | undefined>
}

/** Receipts in the database. */
export function receiptsIn(database: Pick<Database, 'run'>): Receipts {
  return {
    async save({ id, seq, outcome, body, until }) {
      // What was confirmed stays so.
      await database.run({
        text: `INSERT INTO curfew.receipts AS r (id, seq, outcome, body, until)
          SELECT $1::text, $2::bigint, $3::text, $4::json, $5::bigint WHERE ${durably}
          ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome, body = excluded.body, until = excluded.until WHERE r.outcome = 'pending'`,
        values: [id, seq, outcome, JSON.stringify(body), until],
      })
    },
    async byId(id) {
      const { rows } = await database.run({
        text: `SELECT ${receiptColumns} FROM curfew.receipts r WHERE r.id = $1::text AND r.until > ${clock}`,
        values: [soughtText(id)],
      })
      return receiptAt(rows[0])
    },
    async bySeq(seq) {
      const { rows } = await database.run({
        text: `SELECT ${receiptColumns} FROM curfew.receipts r WHERE r.seq = $1::bigint AND r.until > ${clock} ORDER BY r.outcome, r.id LIMIT 1`,
        values: [seq],
      })
      return receiptAt(rows[0])
    },
  }
}
