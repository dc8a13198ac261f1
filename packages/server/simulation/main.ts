import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { brokenParts, notHere } from './broken/all.ts'
import type { Outcome } from './run.ts'
import { run } from './run.ts'
import { scenarios } from './scenarios/all.ts'
import { type Found, find, isUnsafe, play, type Row } from './search.ts'
import { timeline } from './timeline.ts'

const help = `npm run simulate -- [options]     the product's own code under a simulated clock, network and chance

  --seeds N        how many runs in all, over all scenarios (2,000); with --break: at most how many (10,000)
  --seed S         replays one run: with --scenario, or --break
  --scenario NAME  one scenario only
  --break RULE     puts a broken part in, and looks for the seed with which the checker notices; "all" for each
  --list           the scenarios, the broken parts, and which names of protocol.md have none
  --json           one JSON object on stdout
`

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    scenario: { type: 'string' },
    break: { type: 'string' },
    list: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    /** For the processes that this one starts. */
    part: { type: 'string' },
  },
})

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const only = values.scenario === undefined ? undefined : scenarioCalled(values.scenario)
const chosen = only ? [only] : scenarios
const broken = values.break === undefined || values.break === 'all' ? undefined : partCalled(values.break)

if (values.help) say(help)
else if (values.list) list()
else if (values.part !== undefined) await playPart(values.part)
else if (values.seed !== undefined) await replay(whole(values.seed, '--seed'))
else if (values.break !== undefined) await breakParts(broken ? [broken] : brokenParts)
else await playAll()

/** Shares the seeds among as many processes as there are cores. */
async function playAll(): Promise<void> {
  const each = Math.max(1, Math.ceil(whole(values.seeds ?? '2000', '--seeds') / chosen.length))
  const workers = Math.min(availableParallelism(), 8, each)
  const parts = await Promise.all(Array.from({ length: workers }, (_, index) => inProcess(index, workers, each)))
  const rows = chosen.map(({ name }) => together(parts.flat().filter(({ scenario }) => scenario === name)))
  const violations = rows.reduce((sum, row) => sum + row.violations, 0)
  if (values.json) say(JSON.stringify({ scenarios: rows, seeds: each * chosen.length, violations }))
  else {
    table(rows)
    for (const { scenario, failing } of rows) {
      if (failing[0] !== undefined) say(`\nnpm run simulate -- --scenario "${scenario}" --seed ${failing[0]}`)
    }
  }
  process.exitCode = violations > 0 ? 1 : 0
}

function inProcess(index: number, workers: number, each: number): Promise<Row[]> {
  const [from, to] = [Math.floor((each * index) / workers), Math.floor((each * (index + 1)) / workers)]
  const part = `${from + 1}+${to - from}`
  const forwarded = ['--part', part, ...(values.scenario === undefined ? [] : ['--scenario', values.scenario])]
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, forwarded, { execArgv: ['-C', 'curfew-source'] })
    let rows: Row[] | undefined
    child.on('message', (message) => {
      rows = message as Row[]
    })
    child.on('exit', (code) =>
      rows ? resolve(rows) : reject(new Error(`A part of the simulation ended with code ${code} before its time.`)),
    )
  })
}

async function playPart(part: string): Promise<void> {
  const [from = 1, count = 1] = part.split('+').map(Number)
  const rows: Row[] = []
  for (const scenario of chosen) {
    let shown = false
    rows.push(
      await play(scenario, from, count, (outcome) => {
        if (!shown) process.stderr.write(`${told(outcome)}\n`)
        shown = true
      }),
    )
  }
  process.send?.(rows)
}

async function replay(seed: number): Promise<void> {
  const scenario = only ?? scenarioCalled(broken?.scenario ?? 'ordinary')
  const outcome = await run(scenario, seed, broken)
  if (values.json) say(JSON.stringify(outcome))
  else
    say(
      outcome.violations.length > 0
        ? told(outcome)
        : `${scenario.name}, seed ${seed}: ${outcome.confirmed} confirmed, ${outcome.checks} checks, no violation`,
    )
  process.exitCode = outcome.violations.length > 0 ? 1 : 0
}

/** That a broken part is not noticed is the failure here. */
async function breakParts(parts: typeof brokenParts): Promise<void> {
  const most = whole(values.seeds ?? '10000', '--seeds')
  const found: Found[] = []
  for (const part of parts) {
    const one = await find(part, only ?? scenarioCalled(part.scenario), { seeds: most }, (outcome) => {
      if (parts.length === 1 && !values.json) say(`${part.name} (${part.rule}): ${part.wrong}\n\n${told(outcome)}\n`)
    })
    found.push(one)
    if (values.json) continue
    const seed = one.seed === undefined ? `NOT noticed in ${most} seeds` : `noticed with seed ${one.seed}`
    say(`${part.name.padEnd(16)} ${part.rule.padEnd(8)} ${one.scenario.padEnd(18)} ${seed}, ${(one.milliseconds / 1000).toFixed(1)} s`)
  }
  if (values.json) say(JSON.stringify({ broken: found }))
  process.exitCode = found.every(({ seed }) => seed !== undefined) ? 0 : 1
}

function list(): void {
  say('Scenarios')
  for (const { name, story } of scenarios) say(`  ${name.padEnd(18)} ${story}`)
  say('\nBroken parts')
  for (const { name, rule, wrong, scenario } of brokenParts) say(`  ${name.padEnd(16)} ${rule.padEnd(7)} ${wrong} (${scenario})`)
  say('\nNames of protocol.md that one issuer on SQLite cannot show')
  for (const [name, why] of Object.entries(notHere)) say(`  ${name.padEnd(16)} ${why}`)
}

function table(rows: readonly Row[]): void {
  say('scenario             seeds  sign-outs    checks  longest wait  violations')
  for (const row of rows) {
    const wait = `${row.longestWaitMs} ms`
    const figures = [String(row.seeds).padStart(6), String(row.confirmed).padStart(11), String(row.checks).padStart(10), wait.padStart(14)]
    say(`${row.scenario.padEnd(19)} ${figures.join('')} ${String(row.violations).padStart(11)}`)
  }
}

function together(rows: readonly Row[]): Row {
  const sum = (of: (row: Row) => number) => rows.reduce((total, row) => total + of(row), 0)
  return {
    scenario: rows[0]?.scenario ?? '',
    seeds: sum(({ seeds }) => seeds),
    confirmed: sum(({ confirmed }) => confirmed),
    checks: sum(({ checks }) => checks),
    longestWaitMs: Math.max(...rows.map(({ longestWaitMs }) => longestWaitMs)),
    violations: sum(({ violations }) => violations),
    failing: rows.flatMap(({ failing }) => failing),
    milliseconds: sum(({ milliseconds }) => milliseconds),
  }
}

function told(outcome: Outcome): string {
  const worst = outcome.violations.find(isUnsafe) ?? outcome.violations[0]!
  return [
    `${outcome.scenario}, seed ${outcome.seed}: ${outcome.violations.length} violations`,
    ...timeline(outcome.happenings, worst),
  ].join('\n')
}

function scenarioCalled(name: string) {
  return scenarios.find((each) => each.name === name) ?? stop(`There is no scenario ${JSON.stringify(name)}. --list names them.`)
}

function partCalled(name: string) {
  const why = notHere[name]
  if (why !== undefined) stop(`${name} has no broken part here: ${why}.`)
  return brokenParts.find((each) => each.name === name) ?? stop(`There is no broken part ${JSON.stringify(name)}. --list names them.`)
}

function whole(text: string, option: string): number {
  const number = Number(text)
  return Number.isSafeInteger(number) && number > 0
    ? number
    : stop(`${option} takes a whole number from 1 on, not ${JSON.stringify(text)}.`)
}

function stop(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}
