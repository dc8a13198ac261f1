import { parseArgs } from 'node:util'
import { describeMachine, load } from './machine.ts'
import { findPeers } from './peers.ts'
import { markdown, table } from './print.ts'
import type { Plan, Row, Topic } from './topic.ts'

/** Each topic is loaded only when it is asked for: the peers of one are nothing to another. */
const topics: Readonly<Record<string, () => Promise<Topic>>> = {
  verify: async () => (await import('./verify/verify.ts')).verify,
  refresh: async () => (await import('./refresh/refresh.ts')).refresh,
  confirm: async () => (await import('./confirm/confirm.ts')).confirm,
  flood: async () => (await import('./flood/flood.ts')).flood,
  'sign-in': async () => (await import('./sign-in/sign-in.ts')).signIn,
  fleet: async () => (await import('./fleet/fleet.ts')).fleet,
  network: async () => (await import('./fleet/network-topic.ts')).network,
}
/** What a topic needs is known without loading it: loading it is what would fail. */
const peers: Readonly<Record<string, readonly string[]>> = { verify: ['jose', 'fast-jwt'] }

const usage = `npm run bench -- TOPIC… [--json | --markdown] [--short] [--rounds N]

${Object.keys(topics).join(' | ')} | all

Everything that is compared takes turns within one run; figures are medians of the rounds, with the least and the most of them.
Peers come with: npm run bench:install
`
const { values, positionals } = readArguments()
const names = positionals.includes('all') ? Object.keys(topics) : positionals
const unknown = names.find((name) => !Object.hasOwn(topics, name))
if (names.length === 0 || unknown !== undefined)
  fail(`${unknown === undefined ? 'Which topic?' : `There is no topic ${unknown}.`}\n\n${usage}`)
const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
if (rounds !== undefined && (!Number.isSafeInteger(rounds) || rounds < 1)) fail('--rounds must be a whole number above 0.\n')
const { versions, missing } = findPeers([...new Set(names.flatMap((name) => peers[name] ?? []))])
if (missing.length > 0) fail(`Not installed, or in another version: ${missing.join(', ')}. Run this first: npm run bench:install\n`)

const plan: Plan = { short: values.short, rounds, say: (text) => void process.stderr.write(`${text}\n`) }
const before = load()
const rows: Row[] = []
const titles: string[] = []
for (const name of names) {
  const topic = await topics[name]!()
  titles.push(topic.title)
  rows.push(...(await topic.measure(plan)))
}
const machine = describeMachine(before)
if (values.json) process.stdout.write(`${JSON.stringify({ short: plan.short, machine, peers: versions, rows })}\n`)
else {
  const { cores, memoryGiB, node, load: loads } = machine
  const where = `${cores} cores, ${memoryGiB} GiB, Node ${node}, load ${loads[0]} before and ${loads[1]} after`
  process.stdout.write(`${titles.join('\n')}\n${where}\n\n${values.markdown ? markdown(rows) : table(rows)}`)
}

function readArguments() {
  try {
    const options = {
      json: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      short: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      help: { type: 'boolean', default: false },
    } as const
    const read = parseArgs({ allowPositionals: true, options })
    if (!read.values.help) return read
  } catch (error) {
    fail(`${(error as Error).message}\n\n${usage}`)
  }
  process.stdout.write(usage)
  process.exit(0)
}

function fail(text: string): never {
  process.stderr.write(text)
  process.exit(2)
}
