import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CurfewOptions } from '../config.ts'
import { CurfewError, messageOf } from '../errors.ts'
import { databaseAt } from '../open-store.ts'

/** Looked for in this folder, in this order, where none is named. */
const names = ['curfew.config.ts', 'curfew.config.mts', 'curfew.config.js', 'curfew.config.mjs', 'curfew.config.json']

/** Reads the configuration: a file, then the environment on top of it. */
export async function readConfigFile(path: string | undefined, env: NodeJS.ProcessEnv): Promise<Partial<CurfewOptions>> {
  const file = path ?? names.find((name) => existsSync(name))
  const given = file === undefined ? {} : await load(file)
  return {
    ...given,
    ...(env.CURFEW_ISSUER ? { issuer: env.CURFEW_ISSUER } : {}),
    ...(env.CURFEW_AUDIENCE ? { audience: env.CURFEW_AUDIENCE } : {}),
    ...(env.CURFEW_DATABASE ? { database: databaseAt(env.CURFEW_DATABASE, given.database) } : {}),
    ...(env.CURFEW_SECRET ? { secret: env.CURFEW_SECRET } : {}),
  }
}

/** The same, where all that is needed must be there. */
export async function fullConfig(path: string | undefined, env: NodeJS.ProcessEnv): Promise<CurfewOptions> {
  const { issuer, audience, database = 'curfew.db', ...rest } = await readConfigFile(path, env)
  if (!issuer || !audience) {
    const missing = [...(issuer ? [] : ['issuer']), ...(audience ? [] : ['audience'])].join(' and no ')
    throw new CurfewError(
      `There is no ${missing}. Write them into curfew.config.ts (export default { issuer: 'http://localhost:4100', audience: 'https://api.example.com' }), or set CURFEW_ISSUER and CURFEW_AUDIENCE.`,
    )
  }
  return { ...rest, issuer, audience, database }
}

async function load(file: string): Promise<Partial<CurfewOptions>> {
  if (!existsSync(file)) throw new CurfewError(`There is no file ${file}.`)
  const read = await (file.endsWith('.json') ? readJson(file) : importDefault(file)).catch((error: unknown) => {
    // A message of Node's parser goes on over several lines; the first says it.
    const why = messageOf(error).split('\n', 1)[0] ?? ''
    // What `npm init` writes into package.json since npm 11 makes a `.ts` or `.js` beside it CommonJS.
    const isCommonJs = error instanceof SyntaxError && /^(Unexpected token 'export'|Cannot use import statement)/.test(why)
    const instead = isCommonJs ? `. Call it ${file.replace(/\.([jt]s)$/, '.m$1')}, or write "type": "module" into package.json` : ''
    throw new CurfewError(`${file} could not be read: ${why}${instead}`)
  })
  if (typeof read === 'object' && read !== null && !Array.isArray(read)) return read
  const how = file.endsWith('.json') ? 'hold one object' : 'export the configuration as its default: export default { … }'
  throw new CurfewError(`${file} must ${how}`)
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(readFileSync(file, 'utf8'))
}

async function importDefault(file: string): Promise<unknown> {
  const { emitWarning } = process
  // Whether the folder's package.json says `"type": "module"` is no business of a configuration file.
  const quiet = (...given: unknown[]): void => {
    const [, how] = given
    if (!(typeof how === 'object' && how !== null && 'code' in how && how.code === 'MODULE_TYPELESS_PACKAGE_JSON'))
      Reflect.apply(emitWarning, process, given)
  }
  process.emitWarning = quiet as typeof emitWarning
  try {
    const module: { default?: unknown } = await import(pathToFileURL(resolve(file)).href)
    return module.default
  } finally {
    process.emitWarning = emitWarning
  }
}
