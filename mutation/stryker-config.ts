import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { root } from '../tools/run-command.ts'
import type { Part } from './parts.ts'

/** Where one run of Stryker reads and writes, from the root of the repository. */
export interface Places {
  readonly sandbox: string
  readonly report: string
  readonly remembered: string
}

/** What Stryker is told for one file of a part. */
export function strykerConfig(part: Part, file: string, places: Places, { workers, force }: { workers: number; force: boolean }): object {
  // A mutation is over with the first test that notices: the file's own test is asked first, then the others as the part names them.
  const own = `/${basename(file, '.ts')}.test.ts`
  const tests = part.tests.flatMap((glob) => globSync(glob, { cwd: root }).sort())
  return {
    mutate: [file],
    testRunner: 'tap',
    plugins: ['@stryker-mutator/tap-runner'],
    tap: {
      testFiles: [...tests.filter((test) => test.endsWith(own)), ...tests.filter((test) => !test.endsWith(own))],
      // A mutation may fill the memory, or have a test wait for what never comes.
      nodeArgs: [
        ...['--max-old-space-size=512', '--test-timeout=10000', '--test-reporter=tap'],
        ...['-C', 'curfew-source', '-r', '{{hookFile}}', '{{testFile}}'],
      ],
    },
    coverageAnalysis: 'perTest',
    checkers: [],
    disableTypeChecks: false,
    tsconfigFile: 'none.json', // Stryker would rewrite one with TypeScript's own interface, which TypeScript 7 has not.
    ignorePatterns: part.leaveOut,
    tempDirName: places.sandbox,
    concurrency: workers,
    incremental: true,
    incrementalFile: places.remembered,
    force,
    // An endless loop must end; a busy machine must not look like one.
    timeoutMS: 10_000,
    timeoutFactor: 3,
    dryRunTimeoutMinutes: 3,
    reporters: ['json', 'progress-append-only'],
    jsonReporter: { fileName: places.report },
    thresholds: { high: 100, low: 90, break: null },
    logLevel: 'warn',
    allowEmpty: true,
  }
}
