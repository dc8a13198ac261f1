import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CurfewError } from '../../errors.ts'

/** What Curfew can be written into; `none`: it runs by itself. */
export const frameworks = ['next', 'nestjs', 'fastify', 'hono', 'express', 'none'] as const

export type Framework = (typeof frameworks)[number]

/** What is known about the project in a folder. */
export interface Project {
  readonly folder: string
  readonly framework: Framework
  readonly typescript: boolean
  /** How its files speak to each other. */
  readonly modules: 'esm' | 'cjs'
  /** Its program, where it has one already, from the folder. */
  readonly program: string | undefined
  /** Node runs its TypeScript as it is: imports end in `.ts`. */
  readonly uncompiled: boolean
  /** Its compiler looks for types as Node did before packages had `exports`, and finds none of ours. */
  readonly oldResolution: boolean
  readonly hasManifest: boolean
  /** What `npm start` runs, where its package.json says. */
  readonly start: string | undefined
  /** Names that its package.json has. */
  readonly installed: ReadonlySet<string>
}

/** The package that gives a framework away, the most telling first: a Nest project has Express in it, too. */
const telling: readonly (readonly [string, Framework])[] = [
  ['next', 'next'],
  ['@nestjs/core', 'nestjs'],
  ['fastify', 'fastify'],
  ['hono', 'hono'],
  ['express', 'express'],
]

const programs = ['server', 'app', 'index', 'main'].flatMap((name) => ['ts', 'mts', 'js', 'mjs', 'cjs'].map((kind) => `${name}.${kind}`))

/** Looks at a folder: its package.json, and which of the usual files are there. */
export function readProject(folder: string, chosen: Framework | undefined): Project {
  const manifest = readManifest(folder)
  const installed = new Set(Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }))
  const framework = chosen ?? telling.find(([name]) => installed.has(name))?.[1] ?? 'none'
  const program = findProgram(folder, manifest.main)
  return {
    folder,
    framework,
    typescript: /\.m?ts$/.test(program ?? '') || installed.has('typescript') || existsSync(join(folder, 'tsconfig.json')),
    modules: modulesOf(folder, program, manifest.type),
    program,
    uncompiled: isUncompiled(folder),
    oldResolution: hasOldResolution(folder),
    hasManifest: existsSync(join(folder, 'package.json')),
    start: typeof manifest.scripts?.start === 'string' ? manifest.scripts.start : undefined,
    installed,
  }
}

interface Manifest {
  readonly type?: string
  readonly main?: unknown
  readonly scripts?: { readonly start?: unknown } | null
  readonly dependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
}

function readManifest(folder: string): Manifest {
  const file = join(folder, 'package.json')
  if (!existsSync(file)) return {}
  try {
    const read: unknown = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''))
    if (typeof read === 'object' && read !== null) return read
  } catch {
    // Told below.
  }
  throw new CurfewError(`${file} is not a package.json: it must hold one JSON object.`)
}

function findProgram(folder: string, main: unknown): string | undefined {
  const sources = ['src', '.'].flatMap((at) => programs.map((name) => (at === '.' ? name : `${at}/${name}`)))
  const named = (typeof main === 'string' ? main : '').replace(/^\.\//, '')
  // Not what a compiler wrote, and nothing outside of the folder.
  const isSource = /^[\w-][\w./-]*\.[cm]?[jt]s$/.test(named) && !/(^|\/)\.\.(\/|$)|^(dist|build|out)\//.test(named)
  return [...sources, ...(isSource ? [named] : [])].find((file) => existsSync(join(folder, file)))
}

function isUncompiled(folder: string): boolean {
  const file = join(folder, 'tsconfig.json')
  return !existsSync(file) || /"(allowImportingTsExtensions|rewriteRelativeImportExtensions)"\s*:\s*true/.test(readFileSync(file, 'utf8'))
}

function hasOldResolution(folder: string): boolean {
  const file = join(folder, 'tsconfig.json')
  if (!existsSync(file)) return false
  const text = readFileSync(file, 'utf8').replace(/^\s*\/\/.*$/gm, '')
  const [module, resolution] = ['module', 'moduleResolution'].map((name) =>
    new RegExp(`"${name}"\\s*:\\s*"(\\w+)"`).exec(text)?.[1]?.toLowerCase(),
  )
  return resolution === undefined ? module === 'commonjs' : ['node', 'node10', 'classic'].includes(resolution)
}

function modulesOf(folder: string, program: string | undefined, type: string | undefined): Project['modules'] {
  if (program?.endsWith('.cjs')) return 'cjs'
  if (program === undefined || /\.m[jt]s$/.test(program)) return type === 'module' || program !== undefined ? 'esm' : 'cjs'
  if (type === 'module') return 'esm'
  if (program.endsWith('.ts') && !isUncompiled(folder)) return 'cjs' // what its compiler makes of it
  // Without a type, Node looks whether it is written with `import`; with "commonjs" only a compiler may.
  const isWrittenAsModule = /^\s*import\s/m.test(readFileSync(join(folder, program), 'utf8'))
  return isWrittenAsModule && (type === undefined || /\.ts$/.test(program)) ? 'esm' : 'cjs'
}
