import assert from 'node:assert/strict'
import type pg from 'pg'

/** Whole tables, on purpose: lists for people, tables that are a handful of rows, and the verifiers, each of which is looked at (S2). */
const mayScan = [
  /^SELECT \(SELECT count\(\*\)/, // counts
  /ORDER BY s\.id DESC LIMIT/, // the newest of everybody: stops at the limit
  /^SELECT c\.id, c\.registration.* FROM curfew\.clients c ORDER BY c\.id$/,
  /FROM curfew\.services ORDER BY id$/,
  /FROM curfew\.keys ORDER BY created_at, id$/,
  /schema_version/,
]
const small = ['ledger_state', 'issuer', 'verifiers', 'keys']

/** Fails where a statement reads a whole table, whatever its parameters are. */
export async function assertFollowsIndex(client: pg.PoolClient, text: string, schema: string): Promise<void> {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  if (mayScan.some((each) => each.test(line.replaceAll(schema, 'curfew')))) return
  const count = new Set(text.match(/\$\d+/g)).size
  // One row of a table that is small costs less than its index; without such plans left, only a missing index reads a whole table.
  await client.query('SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; SET jit = off')
  await client.query(`PREPARE looked_at AS ${text}`)
  try {
    const given = count === 0 ? '' : `(${Array.from({ length: count }, () => 'NULL').join(', ')})`
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN EXECUTE looked_at${given}`)
    const plan = rows.map((row) => row['QUERY PLAN'])
    const scans = plan.filter((each) => /Seq Scan on/.test(each) && !small.some((table) => each.includes(`Seq Scan on ${table} `)))
    assert.deepEqual(scans, [], `${line}\n${plan.join('\n')}`)
  } finally {
    await client.query('DEALLOCATE looked_at; RESET ALL')
  }
}
