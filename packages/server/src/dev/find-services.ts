import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, extname, join, resolve } from 'node:path'
import { CurfewError } from '../errors.ts'

/** A program that is a service: one file. */
export type ServiceFile = { name: string; file: string; kind: string }

const kinds: Record<string, string> = { express: 'Express', fastify: 'Fastify', hono: 'Hono', fetch: 'Fetch' }

/** Finds the services of a folder: those that its package.json lists under `curfew.services`, otherwise every program in it. */
export function findServices(folder: string): ServiceFile[] {
  const root = resolve(folder)
  if (!existsSync(root) || !statSync(root).isDirectory())
    throw new CurfewError(`There is no folder ${root}. Give the one that your services are in: --services <folder>.`)
  const listed = listedIn(root)
  const programs = readdirSync(root).filter((name) => /^[a-z][a-z0-9-]{0,30}\.(ts|mts|js|mjs)$/.test(name) && !/\.(test|d)\./.test(name))
  const names = listed ?? programs.map((name) => basename(name, extname(name)))
  if (names.length === 0)
    throw new CurfewError(`No service in ${root}: a service is one file, for example orders.ts, that listens on PORT.`)
  return names.map((name) => {
    const program = programs.find((file) => basename(file, extname(file)) === name)
    if (program === undefined)
      throw new CurfewError(`The package.json in ${root} lists the service ${name}, but there is no ${name}.ts or ${name}.js.`)
    const file = join(root, program)
    const [, adapter = ''] = /@curfew\/verifier\/([a-z]+)/.exec(readFileSync(file, 'utf8')) ?? []
    return { name, file, kind: kinds[adapter] ?? 'Node' }
  })
}

function listedIn(root: string): string[] | undefined {
  const file = join(root, 'package.json')
  if (!existsSync(file)) return undefined
  try {
    const { curfew } = JSON.parse(readFileSync(file, 'utf8')) as { curfew?: { services?: unknown } }
    return Array.isArray(curfew?.services) ? curfew.services.map(String) : undefined
  } catch {
    throw new CurfewError(`${file} is not JSON.`)
  }
}
