import { parseArgs } from 'node:util'
import { brokenParts } from './broken/all.ts'
import { playInProcesses, playPart } from './processes.ts'
import { run } from './run.ts'
import { scenarios as all } from './scenarios/all.ts'
import { lean } from './scenarios/lean.ts'
import { type Found, find, type Row, together, told } from './search.ts'

const help = `npm run simulate -- [options]     the product's own code under a simulated clock, network, database and chance

  --seeds N        how many runs in all, over all scenarios by their weight (2,000); with --break: at most how many (10,000)
  --from SEED      the first seed of each scenario (1): so that a later run goes on where an earlier one ended
  --workers N      how many processes (as many as there are cores, at most 8)
  --seed S         replays one run: with --scenario, or --break
  --scenario NAME  one scenario only
  --lean           shorter runs in which people are quicker, for runs by the million (a seed plays another run than without it)
  --break RULE     puts a broken part in, and looks for the seed with which the checker notices; "all" for each
  --searches N     with --break: so many searches, each from seeds of its own, and the median of the seeds that they needed
  --list           the scenarios and the broken parts
  --scale          latency and load of large fleets, by measured costs (docs/scale.md)
  --json           one JSON object on stdout
`

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    workers: { type: 'string' },
    seed: { type: 'string' },
    scenario: { type: 'string' },
    break: { type: 'string' },
    searches: { type: 'string', default: '1' },
    lean: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    scale: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    /** For the processes that this one starts. */
    part: { type: 'string' },
  },
})

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const scenarios = values.lean ? all.map(lean) : all
const only = values.scenario === undefined ? undefined : scenarioCalled(values.scenario)
const chosen = only ? [only] : scenarios
const broken = values.break === undefined || values.break === 'all' ? undefined : partCalled(values.break)

if (values.help) say(help)
else if (values.list) list()
else if (values.scale) (await import('./scale-main.ts')).playScales(values.json)
else if (values.part !== undefined) await playPart(values.part, chosen)
else if (values.seed !== undefined) await replay(whole(values.seed, '--seed'))
else if (values.break !== undefined) await breakParts(broken ? [broken] : brokenParts)
else await playAll()

async function playAll(): Promise<void> {
  const began = performance.now()
  const seeds = whole(values.seeds ?? '2000', '--seeds')
  const from = whole(values.from, '--from')
  const workers = values.workers === undefined ? undefined : whole(values.workers, '--workers')
  const rows = await playInProcesses(chosen, { from, seeds, workers, only: only?.name, lean: values.lean })
  const sum = together(rows)
  const seconds = (performance.now() - began) / 1000
  if (values.json) say(JSON.stringify({ from, lean: values.lean, ...sum, seconds: Math.round(seconds), scenarios: rows }))
  else {
    table(rows)
    const figures = [`${sum.seeds} schedules`, `${sum.confirmed} sign-outs`, `${sum.checks} checks`, `${sum.crashes} crashes`]
    const more = [`${sum.moves} moves`, `${sum.lostAnswers} lost answers of COMMIT`, `${sum.violations} violations`]
    say(`\n${[...figures, ...more].join(', ')}; ${Math.round(seconds)} s`)
    for (const { scenario, failing } of rows) {
      if (failing[0] !== undefined)
        say(`\nnpm run simulate -- ${values.lean ? '--lean ' : ''}--scenario "${scenario}" --seed ${failing[0]}`)
    }
  }
  process.exitCode = sum.violations > 0 ? 1 : 0
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
  const searches = whole(values.searches, '--searches')
  const found: (Found & { median: number | undefined })[] = []
  for (const part of parts) {
    const scenario = only ?? scenarioCalled(part.scenario)
    const tried: Found[] = []
    for (let search = 0; search < searches; search++) {
      const limits = { seeds: most, from: whole(values.from, '--from') + search * most }
      const one = await find(part, scenario, limits, (outcome) => {
        if (parts.length === 1 && searches === 1 && !values.json) say(`${part.name} (${part.rule}): ${part.wrong}\n\n${told(outcome)}\n`)
      })
      tried.push(one)
      if (one.needed === undefined) break
    }
    const needed = tried.flatMap((one) => one.needed ?? []).sort((one, other) => one - other)
    const last = tried.at(-1)!
    const isFound = needed.length === searches
    found.push({ ...last, median: isFound ? needed[Math.floor((needed.length - 1) / 2)] : undefined })
    if (values.json) continue
    const seeds = isFound ? `noticed with ${needed.join(', ')} seeds` : `NOT noticed in ${most} seeds`
    say(`${part.name.padEnd(16)} ${part.rule.padEnd(8)} ${last.scenario.padEnd(20)} ${seeds}, ${(last.milliseconds / 1000).toFixed(1)} s`)
  }
  if (values.json) say(JSON.stringify({ broken: found }))
  process.exitCode = found.every(({ median }) => median !== undefined) ? 0 : 1
}

function list(): void {
  say('Scenarios')
  for (const { name, story } of scenarios) say(`  ${name.padEnd(22)} ${story}`)
  say('\nBroken parts')
  for (const { name, rule, wrong, scenario } of brokenParts) say(`  ${name.padEnd(16)} ${rule.padEnd(7)} ${wrong} (${scenario})`)
}

function table(rows: readonly Row[]): void {
  say('scenario                  seeds  sign-outs    checks  longest wait  violations')
  for (const row of rows) {
    const wait = `${row.longestWaitMs} ms`
    const figures = [String(row.seeds).padStart(7), String(row.confirmed).padStart(11), String(row.checks).padStart(10), wait.padStart(14)]
    say(`${row.scenario.padEnd(24)}${figures.join('')} ${String(row.violations).padStart(11)}`)
  }
}

function scenarioCalled(name: string) {
  return scenarios.find((each) => each.name === name) ?? stop(`There is no scenario ${JSON.stringify(name)}. --list names them.`)
}

function partCalled(name: string) {
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
