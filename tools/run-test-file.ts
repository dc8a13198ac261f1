import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, runNode } from './run-command.ts'
import type { Finished } from './test-events.ts'

export interface TestFileResult {
  readonly passed: number
  /** What was not run, with the reason. */
  readonly skipped: readonly { readonly name: string; readonly why: string }[]
  /** What went wrong: the names for the summary, and all of it for a person to read. */
  readonly failed: readonly string[]
  readonly report: string
  readonly seconds: number
}

/** Runs one test file in a process of its own. What hangs is ended; what has no test in it has failed. */
export async function runTestFile(path: string, options: { seconds: number; env?: NodeJS.ProcessEnv }): Promise<TestFileResult> {
  const scratch = mkdtempSync(join(tmpdir(), 'curfew-test-'))
  const events = join(scratch, 'events.jsonl')
  const reporter = ['--test-reporter', join(root, 'tools/test-events.ts'), '--test-reporter-destination', events]
  const ran = await runNode([...reporter, path], options)
  const tests = readEvents(events)
  rmSync(scratch, { recursive: true, force: true })

  const broken = tests.filter((one) => !one.passed && one.skipped === undefined)
  const failed = broken.map((one) => one.name)
  if (ran.timedOut) failed.push(`it had ${options.seconds} s and was ended; its last finished test: ${tests.at(-1)?.name ?? 'none'}`)
  else if (ran.code !== 0 && broken.length === 0) failed.push(`it ended with exit code ${ran.code}`)
  else if (tests.length === 0) failed.push('there is no test in it')

  const told = failed.map((name, at) => (broken[at] ? `${name}\n${broken[at].problem}` : name))
  return {
    passed: tests.filter((one) => one.passed && one.skipped === undefined).length,
    skipped: tests.flatMap((one) => (one.skipped === undefined ? [] : { name: one.name, why: one.skipped })),
    failed,
    report: failed.length === 0 ? '' : [...told, ran.output.trim()].join('\n\n'),
    seconds: ran.seconds,
  }
}

function readEvents(path: string): Finished[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return [] // It ended before its first test.
  }
  const lines = text.split('\n').slice(0, -1) // What has no end was cut off with the process.
  return lines.map((line) => JSON.parse(line) as Finished)
}
