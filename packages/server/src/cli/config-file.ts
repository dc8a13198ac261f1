import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CurfewOptions } from '../config.ts'
import { CurfewError } from '../errors.ts'

/** Looked for in this folder, in this order, where none is named. */
const names = ['curfew.config.ts', 'curfew.config.js', 'curfew.config.mjs', 'curfew.config.json']

/** Reads the configuration: a file, then the environment on top of it. */
export async function readConfigFile(path: string | undefined, env: NodeJS.ProcessEnv = process.env): Promise<Partial<CurfewOptions>> {
  const file = path ?? names.find((name) => existsSync(name))
  const given = file === undefined ? {} : await load(file)
  return {
    ...given,
    ...(env.CURFEW_ISSUER ? { issuer: env.CURFEW_ISSUER } : {}),
    ...(env.CURFEW_AUDIENCE ? { audience: env.CURFEW_AUDIENCE } : {}),
    ...(env.CURFEW_DATABASE ? { database: env.CURFEW_DATABASE } : {}),
  }
}

/** The same, where all that is needed must be there. */
export async function fullConfig(path: string | undefined, env: NodeJS.ProcessEnv = process.env): Promise<CurfewOptions> {
  const { issuer, audience, database = 'curfew.db', ...rest } = await readConfigFile(path, env)
  if (!issuer || !audience) {
    const missing = [issuer ? [] : 'issuer', audience ? [] : 'audience'].flat().join(' and ')
    throw new CurfewError(
      `No ${missing}. Write them into curfew.config.ts (export default { issuer, audience, database }), or set CURFEW_ISSUER and CURFEW_AUDIENCE.`,
    )
  }
  return { ...rest, issuer, audience, database }
}

async function load(file: string): Promise<Partial<CurfewOptions>> {
  if (!existsSync(file)) throw new CurfewError(`There is no file ${file}.`)
  const url = pathToFileURL(resolve(file)).href
  try {
    const module: { default?: unknown } = file.endsWith('.json') ? await import(url, { with: { type: 'json' } }) : await import(url)
    if (typeof module.default !== 'object' || module.default === null)
      throw new CurfewError(`${file} must export the configuration as its default.`)
    return module.default as Partial<CurfewOptions>
  } catch (error) {
    if (error instanceof CurfewError) throw error
    throw new CurfewError(`${file} could not be read: ${error instanceof Error ? error.message : 'it failed'}`)
  }
}
