/** `npm run prove:figures -- FILE`: whether what `npm run prove -- --json` printed is good enough. */
import { readFileSync } from 'node:fs'

interface Proof {
  endings: Record<string, number> & { total: number }
  checks: number
  acceptedAfterConfirmed: number
  goodRefused: number
  confirmationMs: { p50: number; p99: number; max: number }
  /** A bare long poll at the same load in the same run: what the machine itself could do just then. */
  floorMs: { p50: number; p99: number }
}

const proof = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Proof
const { p50, p99 } = proof.confirmationMs
// Where the machine itself is slow just then, ten times what it takes by itself.
const p50Limit = Math.max(10, 10 * proof.floorMs.p50)
const p99Limit = Math.max(50, 10 * proof.floorMs.p99)

const rows: [what: string, value: number, limit: string, met: boolean][] = [
  ['endings', proof.endings.total, '≥ 500', proof.endings.total >= 500],
  ['checks', proof.checks, '≥ 100000', proof.checks >= 100_000],
  ['accepted after confirmed', proof.acceptedAfterConfirmed, '= 0', proof.acceptedAfterConfirmed === 0],
  ['good requests refused', proof.goodRefused, '= 0', proof.goodRefused === 0],
  ['confirmation p50, ms', p50, `≤ ${p50Limit.toFixed(1)}`, p50 <= p50Limit],
  ['confirmation p99, ms', p99, `≤ ${p99Limit.toFixed(1)}`, p99 <= p99Limit],
]
for (const [what, value, limit, met] of rows) console.log(`${met ? '✔' : '✖'} ${what.padEnd(26)} ${String(value).padStart(10)}   ${limit}`)
process.exit(rows.every(([, , , met]) => met) ? 0 : 1)
