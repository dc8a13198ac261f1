/**
 * `npm run mutation -- verifier`: changes the code of a part at every place where it decides something, one change at a time, and asks
 * whether a test notices. One run of Stryker for each file, so that what was found is kept when a run is broken off.
 */
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { root, runCommand } from '../tools/run-command.ts'
import { entries, type FileReport, floor, judge, share, type Tally, tally } from './judge.ts'
import { parts } from './parts.ts'
import { strykerConfig } from './stryker-config.ts'
import { survivors } from './survivors/survivors.ts'

const usage = `npm run mutation -- PART [--file PATH]… [--workers N] [--force] [--report]

${Object.keys(parts).join(' | ')}

--file     only this file of the part
--workers  how many runs of the tests at once (1)
--force    all anew, not only what changed since the run before: what a test imports is not looked at
--report   runs nothing; judges what earlier runs found
Stryker comes with: npm run mutation:install
`
const stryker = 'mutation/node_modules/@stryker-mutator/core/bin/stryker.js'
const { values, positionals } = readArguments()
const name = positionals[0] ?? ''
if (positionals.length !== 1 || !Object.hasOwn(parts, name))
  fail(`${name === '' ? 'Which part?' : `There is no part ${name}.`}\n\n${usage}`)
const part = parts[name]!
const files = part.mutate.flatMap((glob) => globSync(glob, { cwd: root })).sort()
const stranger = values.file?.find((file) => !files.includes(file))
if (stranger !== undefined) fail(`${stranger} is no file of the part ${name}. These are:\n${files.join('\n')}\n`)
const workers = Number(values.workers)
if (!Number.isSafeInteger(workers) || workers < 1) fail('--workers must be a whole number above 0.\n')
if (!values.report && !existsSync(join(root, stryker))) fail('Stryker is not installed. Run this first: npm run mutation:install\n')

const folder = `.tmp/mutation/${name}`
const sandbox = `.tmp/stryker-${process.pid}`
mkdirSync(join(root, folder), { recursive: true })
process.once('exit', () => rmSync(join(root, sandbox), { recursive: true, force: true }))

const tallies: Tally[] = []
const unjudged: string[] = []
for (const file of values.file ?? files) {
  const place = (ending: string) => `${folder}/${file.replaceAll('/', '-')}.${ending}`
  if (!values.report && !(await mutate(file, place))) continue
  const found = read(file, place('report.json'))
  if (found !== undefined) tallies.push(tally(file, found))
}
process.exit(tell() ? 0 : 1)

async function mutate(file: string, place: (ending: string) => string): Promise<boolean> {
  const places = { sandbox, report: place('report.json'), remembered: place('incremental.json') }
  const config = place('config.json')
  writeFileSync(join(root, config), JSON.stringify(strykerConfig(part, file, places, { workers, force: values.force })))
  rmSync(join(root, places.report), { force: true })
  console.log(`── ${file}`)
  // Stryker starts `node` by its name.
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` }
  const ran = await runCommand(process.execPath, [stryker, 'run', config], { env, seconds: 4 * 3600, show: true })
  if (ran.code !== 0) unjudged.push(`${file}: Stryker ended with ${ran.code}; its own words are above`)
  return ran.code === 0
}

/** What was found in a file; nothing where there is no decision in it. */
function read(file: string, report: string): FileReport | undefined {
  if (!existsSync(join(root, report))) {
    if (values.report) unjudged.push(`${file}: nobody looked at it yet`)
    return undefined
  }
  const found = (JSON.parse(readFileSync(join(root, report), 'utf8')) as { files: Record<string, FileReport> }).files[file]
  if (found === undefined || found.mutants.length === 0) return undefined
  if (found.source === readFileSync(join(root, file), 'utf8')) return found
  unjudged.push(`${file}: it has changed since it was looked at`)
  return undefined
}

function tell(): boolean {
  const width = Math.max(8, ...tallies.map(({ file }) => file.length))
  console.log(`\n${'file'.padEnd(width)}  killed  survived   share`)
  const row = (label: string, some: readonly Tally[]) => {
    const sum = (of: (one: Tally) => number) => some.reduce((total, one) => total + of(one), 0)
    const killed = String(sum((one) => one.killed)).padStart(6)
    const alive = String(sum(({ survivors: all }) => all.length)).padStart(8)
    const [late, broken] = [sum((one) => one.timedOut), sum((one) => one.broken)]
    const notes = `${late ? `  ${late} of the killed ran out of time` : ''}${broken ? `  ${broken} could not run` : ''}`
    console.log(`${label.padEnd(width)}  ${killed}  ${alive}  ${(share(some) * 100).toFixed(1).padStart(5)} %${notes}`)
  }
  for (const one of tallies) row(one.file, [one])
  if (tallies.length !== 1) row('together', tallies)

  const { unexplained, idle } = judge(tallies, survivors[name] ?? [])
  if (idle.length > 0) console.log(`\nExplained, but noticed by now; take it out of the list:\n${idle.join('\n')}`)
  if (unexplained.length > 0) {
    console.log(`\nNobody noticed, and nobody explained (mutation/survivors/${name}.ts):\n${entries(unexplained)}`)
  }
  if (unjudged.length > 0) console.log(`\nNot judged; run these again:\n${unjudged.join('\n')}`)
  const isEnough = share(tallies) >= floor
  if (!isEnough) console.log(`\nLess than ${floor * 100} % were noticed.`)
  return isEnough && unexplained.length === 0 && unjudged.length === 0
}

function readArguments() {
  try {
    const options = {
      file: { type: 'string', multiple: true },
      workers: { type: 'string', default: '1' },
      force: { type: 'boolean', default: false },
      report: { type: 'boolean', default: false },
    } as const
    return parseArgs({ options, allowPositionals: true })
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${usage}`)
  }
}

function fail(message: string): never {
  process.stderr.write(message)
  process.exit(2)
}
