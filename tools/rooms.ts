/** A room of the house: which files it is, and what they may import from other rooms. Its own files it may always import. */
export interface Room {
  readonly name: string
  /** Files or folders, from the root of the repository. The first room in the list that holds a file has it. */
  readonly at: readonly string[]
  readonly values: readonly string[]
  readonly types: readonly string[]
  /** Decides and never acts: no clock, no chance, no waiting, nothing of the platform. */
  readonly pure?: true
}

/** The arrows of the house, one line a room. A room that is not in `values` or `types` cannot be imported. */
export const rooms: readonly Room[] = [
  { name: 'wire', at: ['packages/verifier/src/wire'], values: [], types: [], pure: true },
  { name: 'jws', at: ['packages/verifier/src/jws'], values: ['wire'], types: [] },
  { name: 'checks', at: ['packages/verifier/src/checks'], values: ['wire', 'jws'], types: ['verifier'] },
  { name: 'transport', at: ['packages/verifier/src/transport.ts'], values: ['wire'], types: [] },
  { name: 'ledger-copy', at: ['packages/verifier/src/ledger-copy'], values: ['wire', 'transport'], types: ['verifier'] },
  { name: 'adapters', at: ['packages/verifier/src/adapters'], values: ['verifier', 'wire'], types: [] },
  {
    name: 'verifier/testing',
    at: ['packages/verifier/src/testing'],
    values: ['verifier', 'transport', 'wire', 'jws', 'ledger-copy'],
    types: [],
  },
  { name: 'verifier', at: ['packages/verifier/src'], values: ['checks', 'ledger-copy', 'transport', 'wire', 'jws'], types: [] },

  { name: 'instant', at: ['packages/server/src/domain/instant.ts'], values: [], types: [], pure: true },
  { name: 'domain', at: ['packages/server/src/domain'], values: ['wire'], types: [], pure: true },
  { name: 'world', at: ['packages/server/src/world.ts'], values: [], types: ['domain'] },
  { name: 'errors', at: ['packages/server/src/errors.ts'], values: [], types: [] },
  { name: 'store/sqlite', at: ['packages/server/src/store/sqlite'], values: ['store', 'errors'], types: ['domain', 'wire', 'world'] },
  { name: 'store/postgres', at: ['packages/server/src/store/postgres'], values: ['store', 'errors'], types: ['domain', 'wire', 'world'] },
  {
    name: 'store/copy',
    at: ['packages/server/src/store/copy'],
    values: ['store', 'store/sqlite', 'store/postgres', 'errors'],
    types: ['world'],
  },
  { name: 'store', at: ['packages/server/src/store'], values: [], types: ['domain', 'wire'] },
  { name: 'ledger', at: ['packages/server/src/ledger'], values: ['store', 'domain', 'wire', 'jws'], types: ['use-cases', 'world'] },
  {
    name: 'keys',
    at: ['packages/server/src/keys'],
    values: ['store', 'domain', 'wire', 'jws', 'errors'],
    types: ['use-cases', 'world'],
  },
  {
    name: 'use-cases',
    at: ['packages/server/src/use-cases'],
    values: ['domain', 'store', 'ledger', 'keys', 'errors'],
    types: ['wire', 'world'],
  },
  { name: 'accounts', at: ['packages/server/src/accounts'], values: ['domain', 'errors', 'html'], types: ['use-cases', 'store', 'world'] },
  { name: 'html', at: ['packages/server/src/http/html.ts'], values: [], types: [] },
  { name: 'http', at: ['packages/server/src/http'], values: ['html', 'errors', 'wire'], types: ['domain', 'world'] },
  { name: 'views', at: ['packages/server/src/pages/views'], values: ['html'], types: ['domain'] },
  { name: 'pages', at: ['packages/server/src/pages'], values: ['views', 'use-cases', 'http', 'html', 'errors'], types: ['domain'] },
  // Where a person is sent (authorize, end-session), the answer is a page.
  { name: 'endpoints', at: ['packages/server/src/endpoints'], values: ['use-cases', 'pages', 'http', 'errors', 'wire'], types: ['domain'] },
  { name: 'control', at: ['packages/server/src/control'], values: ['registration', 'use-cases', 'http', 'errors'], types: ['domain'] },
  { name: 'routes', at: ['packages/server/src/routes.ts'], values: ['endpoints', 'pages'], types: ['http', 'use-cases'] },
  {
    name: 'registration',
    at: ['packages/server/src/registration.ts', 'packages/server/src/limit-options.ts', 'packages/server/src/mail-options.ts'],
    values: ['domain', 'errors', 'use-cases'],
    types: ['accounts'],
  },
  {
    name: 'config',
    at: ['config.ts', 'account-options.ts', 'database-option.ts', 'issuer-option.ts'].map((file) => `packages/server/src/${file}`),
    values: ['domain', 'errors', 'registration'],
    types: ['use-cases', 'world', 'store/postgres', 'accounts'],
  },
  {
    name: 'mount',
    at: ['packages/server/src/mount'],
    values: ['routes', 'use-cases', 'http', 'errors', 'verifier', 'adapters', 'wire'],
    types: ['domain'],
  },
  {
    name: 'cli',
    at: ['packages/server/src/cli'],
    // The words for why a token is refused are the verifier's: both tell one story.
    values: ['store/copy', 'create-curfew', 'dev', 'control', 'config', 'errors', 'verifier'],
    types: [],
  },
  {
    name: 'street',
    at: ['packages/server/src/dev/street'],
    values: ['html', 'views', 'http', 'errors', 'wire', 'jws'],
    types: ['domain', 'world'],
  },
  { name: 'dev', at: ['packages/server/src/dev'], values: ['street', 'create-curfew', 'control', 'config', 'errors'], types: ['world'] },
  {
    name: 'testing',
    at: ['packages/server/src/testing'],
    values: ['create-curfew', 'store', 'store/sqlite', 'domain', 'wire', 'world', 'errors'],
    types: ['use-cases'],
  },
  {
    name: 'create-curfew',
    at: ['packages/server/src'],
    values: [
      ...[
        'wire',
        'jws',
        'verifier',
        'adapters',
        'domain',
        'world',
        'errors',
        'store',
        'store/sqlite',
        'store/postgres',
        'store/copy',
        'ledger',
        'keys',
      ],
      ...['use-cases', 'html', 'http', 'views', 'pages', 'endpoints', 'control', 'routes', 'registration', 'config', 'mount', 'accounts'],
    ],
    types: [],
  },
]

/** What every room may import: the unit of time. */
export const forAll: readonly string[] = ['instant']

/** What each package's exports are made from: where an import across packages really goes. */
export const packageExports: Readonly<Record<string, string>> = {
  '@curfew/verifier': 'packages/verifier/src/index.ts',
  '@curfew/verifier/wire': 'packages/verifier/src/wire/index.ts',
  '@curfew/verifier/jws': 'packages/verifier/src/jws/index.ts',
  '@curfew/verifier/express': 'packages/verifier/src/adapters/express.ts',
  '@curfew/verifier/express/request': 'packages/verifier/src/adapters/express-request.ts',
  '@curfew/verifier/fastify': 'packages/verifier/src/adapters/fastify.ts',
  '@curfew/verifier/fastify/request': 'packages/verifier/src/adapters/fastify-request.ts',
  '@curfew/verifier/hono': 'packages/verifier/src/adapters/hono.ts',
  '@curfew/verifier/fetch': 'packages/verifier/src/adapters/fetch.ts',
  '@curfew/verifier/explain': 'packages/verifier/src/explain/index.ts',
  '@curfew/verifier/testing': 'packages/verifier/src/testing/index.ts',
  curfew: 'packages/server/src/index.ts',
  'curfew/testing': 'packages/server/src/testing/index.ts',
}

/** Modules that only some rooms may know. */
export const onlyIn: Readonly<Record<string, readonly string[]>> = {
  'node:sqlite': ['store/sqlite'],
  'hono/html': ['html'],
  cookie: ['http'],
  commander: ['cli'],
  pino: ['cli'],
  pg: ['store/postgres'],
  '@node-rs/argon2': ['accounts'],
  '@node-rs/bcrypt': ['accounts'],
  nodemailer: ['accounts'],
}
