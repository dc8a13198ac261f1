/**
 * `npm test`: every test, each file in a process of its own.
 *
 *   npm test                  the short form, under three minutes on two cores
 *   npm test -- --full        the long form: CURFEW_FULL=1, and whatever is skipped has failed
 *   npm test -- refresh wire  only files with one of these words in their path
 */
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { inParallel, root, runCommand } from './run-command.ts'
import { runTestFile } from './run-test-file.ts'

// Examples that are no workspaces bring frameworks of their own: tools/examples.test.ts installs and runs them.
const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { workspaces: string[] }
const places = ['tools/*.test.ts', ...workspaces.map((one) => `${one}/test/**/*.test.ts`)]
const { values, positionals: words } = parseArgs({ options: { full: { type: 'boolean', default: false } }, allowPositionals: true })
const full = values.full

const remembered = join(root, '.tmp/test-times.json')
const times = readTimes()
const files = places
  .flatMap((place) => globSync(place, { cwd: root, exclude: (path) => path.includes('node_modules') }))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  // The longest first, so that none is left to run alone at the end.
  .sort((a, b) => (times[b] ?? guess(b)) - (times[a] ?? guess(a)))

if (files.length === 0) {
  console.error(`No test file has ${words.map((word) => `"${word}"`).join(' or ')} in its path.`)
  process.exit(1)
}

const begin = performance.now()
const width = Math.max(...files.map((file) => file.length))
const skipped: { file: string; name: string; why: string }[] = []
const failed: string[] = []
let passed = 0

// Tests of what is published read `dist`.
const built = await runCommand('npm', ['run', '--silent', 'build'])
if (built.code !== 0) {
  failed.push('npm run build')
  console.log(`✖ npm run build\n${indent(built.output)}`)
}

// In the short form much is waiting: for browsers, leases, processes. One more than there are cores keeps them busy.
await inParallel(Math.max(2, availableParallelism()) + (full ? 0 : 1), files, async (file) => {
  // Hundreds of processes load the same sources: a fifth of their time is compiling.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(root, '.tmp/compile-cache'), ...(full && { CURFEW_FULL: '1' }) }
  const result = await runTestFile(join(root, file), { seconds: full ? 900 : 120, env })
  times[file] = Math.round(result.seconds * 10) / 10
  passed += result.passed
  skipped.push(...result.skipped.map((one) => ({ file, ...one })))
  failed.push(...result.failed.map((what) => `${file}: ${what}`))
  const mark = result.failed.length === 0 ? '✔' : '✖'
  console.log(`${mark} ${file.padEnd(width)} ${String(result.passed).padStart(5)} ${seconds(result.seconds)}`)
  if (result.report) console.log(indent(result.report))
})
mkdirSync(join(root, '.tmp'), { recursive: true })
writeFileSync(remembered, JSON.stringify(times, null, 1))

if (skipped.length > 0) console.log(`\nSkipped${full ? ' (with --full nothing may be)' : ''}:\n${indent(skips().join('\n'))}`)
if (failed.length > 0) console.log(`\nFailed:\n${indent(failed.join('\n'))}`)
console.log(`\n${files.length} files,${seconds((performance.now() - begin) / 1000)}`)
console.log(`${passed} passed, ${failed.length} failed, ${skipped.length} skipped`)
process.exit(failed.length > 0 || (full && skipped.length > 0) ? 1 : 0)

/** A line for each file and reason: many tests of one file are often skipped for the same one. */
function skips(): string[] {
  const groups = Map.groupBy(skipped, ({ file, why }) => `${file}\n${why}`)
  return [...groups.values()].map(([first, ...others]) => {
    const { file, name, why } = first!
    return `${file}: ${others.length === 0 ? name : `${others.length + 1} tests`}: ${why}`
  })
}

/** Seconds of a file that was not run here yet: with browsers, servers and processes they take longer. */
function guess(file: string): number {
  return /\/(browser|dev|postgres|proof|simulation)\//.test(file) ? 20 : 5
}

function readTimes(): Record<string, number> {
  try {
    return JSON.parse(readFileSync(remembered, 'utf8')) as Record<string, number>
  } catch {
    return {} // The first run here: any order will do.
  }
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`.padStart(8)
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '    ')
}
