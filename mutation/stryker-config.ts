import type { Part } from './parts.ts'

/** Where one run of Stryker reads and writes, from the root of the repository. */
export interface Places {
  readonly sandbox: string
  readonly report: string
  readonly remembered: string
}

/** What Stryker is told for one file of a part. */
export function strykerConfig(part: Part, file: string, places: Places, { workers, force }: { workers: number; force: boolean }): object {
  return {
    mutate: [file],
    testRunner: 'tap',
    plugins: ['@stryker-mutator/tap-runner'],
    tap: {
      testFiles: part.tests,
      // A mutation may be one that fills the memory.
      nodeArgs: ['--max-old-space-size=512', '-C', 'curfew-source', '--test-reporter=tap', '-r', '{{hookFile}}', '{{testFile}}'],
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
