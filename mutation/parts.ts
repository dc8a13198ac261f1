/** What is mutated together, and by which tests it must be noticed. */
export interface Part {
  /** Globs, from the root of the repository. */
  readonly mutate: readonly string[]
  readonly tests: readonly string[]
  /** What these tests do not read; the rest is copied for each run. */
  readonly leaveOut: readonly string[]
}

const outside = [
  '/bench',
  '/decisions',
  '/deploy',
  '/docs',
  '/examples',
  '/model',
  '/mutation',
  '/tools',
  '/.ci',
  '/.github',
  '/.tmp',
  '/.tsbuild',
]

/** Only rooms that decide and touch nothing: their tests are fast, so that thousands of runs are. */
export const parts: Readonly<Record<string, Part>> = {
  verifier: {
    mutate: [
      'packages/verifier/src/checks/*.ts',
      'packages/verifier/src/decide.ts',
      'packages/verifier/src/jws/*.ts',
      'packages/verifier/src/ledger-copy/{copy,lease,name-table,take-answer,timing}.ts',
    ],
    tests: [
      'packages/verifier/test/{checks,ledger-copy}/*.test.ts',
      'packages/verifier/test/jws/jws.test.ts',
      'packages/verifier/test/{decide,key-set,settings,token-cache,verifier}.test.ts',
      'packages/verifier/test/attacks/*.test.ts',
    ],
    leaveOut: [...outside, '/packages/server', 'dist'],
  },
  domain: {
    mutate: ['packages/server/src/domain/*.ts'],
    tests: ['packages/server/test/domain/*.test.ts'],
    leaveOut: [...outside, '/packages/verifier', '/packages/server/prove', '/packages/server/simulation', 'dist'],
  },
}
