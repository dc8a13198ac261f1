import { parseArgs } from 'node:util'
import { slowClock } from './faults/crew.ts'
import { proveFaults } from './faults/prove-faults.ts'
import { faultResult, faultTable, isKept } from './faults/report.ts'
import { figures } from './percentiles.ts'
import { type Outcome, proof } from './proof.ts'
import { issuerSabotage } from './sabotage/proxies.ts'
import { verifierSabotage } from './sabotage/verifier-parts.ts'

const usage = `npm run prove -- [--seconds 60] [--services 3] [--users 250] [--devices 4] [--checks 2200] [--store sqlite|postgres] [--nodes 1] [--json] [--sabotage KIND]
npm run prove -- --faults [--seconds 600] [--store postgres] [--nodes 3] [--verifiers 12] [--seed 1] [--history FILE] [--json] [--sabotage KIND]

Signs people in on real processes, ends their sessions in every way there is, and checks at every service
that no request begun after a confirmed answer is accepted, and that nobody good is refused.

--faults: processes are killed and stopped, the network, disks and clocks fail, backups are restored meanwhile; a checker judges
the history of all answers, which --history writes down. The same --seed makes the same schedule.

--sabotage breaks one part on purpose; the proof must then fail:
  ${[...verifierSabotage, ...issuerSabotage, `${slowClock} (with --faults)`].join('\n  ')}
`

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    services: { type: 'string', default: '3' },
    users: { type: 'string', default: '250' },
    devices: { type: 'string', default: '4' },
    pace: { type: 'string', default: '12' },
    checks: { type: 'string', default: '2200' },
    lease: { type: 'string', default: '5000' },
    store: { type: 'string', default: 'sqlite' },
    nodes: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    sabotage: { type: 'string' },
    faults: { type: 'boolean', default: false },
    verifiers: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    history: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(usage)
  process.exit(0)
}
if (
  values.sabotage !== undefined &&
  ![...verifierSabotage, ...issuerSabotage, ...(values.faults ? [slowClock] : [])].includes(values.sabotage)
) {
  process.stderr.write(`There is no sabotage ${values.sabotage}.\n\n${usage}`)
  process.exit(2)
}

if (!['sqlite', 'postgres'].includes(values.store) || (values.store === 'sqlite' && values.nodes !== '1')) {
  process.stderr.write('--store is sqlite or postgres; several --nodes need postgres.\n')
  process.exit(2)
}

const say = (text: string): void => void process.stderr.write(`${text}\n`)
const plan = {
  seconds: whole('seconds'),
  services: whole('services'),
  users: whole('users'),
  devices: whole('devices'),
  pace: whole('pace'),
  checks: whole('checks'),
  lease: whole('lease'),
  store: values.store === 'postgres' ? ('postgres' as const) : ('sqlite' as const),
  nodes: whole('nodes'),
  sabotage: values.sabotage,
  say,
}
if (values.faults) {
  const { seconds, store, nodes, lease, sabotage } = plan
  const result = faultResult(
    await proveFaults({
      ...{ seconds, store, nodes, lease, sabotage, say, history: values.history },
      ...{ verifiers: whole('verifiers'), seed: whole('seed'), pace: 8, checks: 2300, users: 64, devices: 4 },
    }),
  )
  process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : faultTable(result))
  process.exit(isKept(result) ? 0 : 1)
}
const outcome = await proof(plan)
const floor = figures(outcome.floor)
const confirmationMs = figures(outcome.times)
/** Without the kinds whose call hashes a password before it ends anything. */
const hashing = ['password changed', 'command line: password set']
const withoutHashingMs = figures(Object.entries(outcome.byKind).flatMap(([kind, times]) => (hashing.includes(kind) ? [] : times)))
const { checks, acceptedAfterConfirmed, goodRefused } = outcome.tally
const total = Object.values(outcome.endings).reduce((sum, count) => sum + count, 0)
const result = {
  endings: { ...outcome.endings, total },
  checks,
  acceptedAfterConfirmed,
  goodRefused,
  confirmationMs,
  withoutHashingMs,
  floorMs: floor,
  errors: outcome.errors,
  violations: outcome.tally.violations,
}
process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : table(outcome, total))
process.exitCode = acceptedAfterConfirmed > 0 || goodRefused > 0 || outcome.errors.length > 0 || total === 0 ? 1 : 0

function table({ endings, byKind, tally, errors }: Outcome, sum: number): string {
  const rows = Object.entries(endings).map(([kind, count]) => {
    const { p50, p99, max } = figures(byKind[kind] ?? [])
    return [kind, String(count), ...(byKind[kind] ? [p50, p99, max].map((ms) => ms.toFixed(1)) : ['', '', ''])]
  })
  const head = ['ended by', 'times', 'p50 ms', 'p99 ms', 'max ms']
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')
  const last = [
    ['endings', sum],
    ['checks', tally.checks],
    ['accepted after confirmed', tally.acceptedAfterConfirmed],
    ['good refused', tally.goodRefused],
    ['confirmed in', `p50 ${confirmationMs.p50} ms, p99 ${confirmationMs.p99} ms, max ${confirmationMs.max} ms`],
    ['without password hashes', `p50 ${withoutHashingMs.p50} ms, p99 ${withoutHashingMs.p99} ms, max ${withoutHashingMs.max} ms`],
    ['bare long poll', `p50 ${floor.p50} ms, p99 ${floor.p99} ms, max ${floor.max} ms`],
  ].map(([what, is]) => `${String(what).padEnd(26)}${is}`)
  const wrong = [...tally.violations, ...errors].map((text) => `! ${text}`)
  return `${[line(head), ...rows.map(line), '', ...last, ...(wrong.length > 0 ? ['', ...wrong] : [])].join('\n')}\n`
}

function whole(name: 'seconds' | 'services' | 'users' | 'devices' | 'pace' | 'checks' | 'lease' | 'nodes' | 'verifiers' | 'seed'): number {
  const value = Number(values[name])
  if (!Number.isSafeInteger(value) || value < 1) {
    process.stderr.write(`--${name} must be a whole number above 0.\n`)
    process.exit(2)
  }
  return value
}
