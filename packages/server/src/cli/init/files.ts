import { dirname, posix } from 'node:path'
import { planNest } from './nest.ts'
import { planNext } from './next.ts'
import type { Project } from './project.ts'

/** Lines for a file that is there already. */
export interface Addition {
  readonly to: string
  readonly lines: readonly string[]
}

/** A file to be written, and lines for one that is there already. */
export interface Plan {
  readonly files: readonly { readonly path: string; readonly text: string; readonly what: string }[]
  /** What the person adds to a file of theirs; at most these few lines. */
  readonly add: Addition | undefined
  /** And to others. */
  readonly also?: readonly Addition[]
  /** Packages that the project lacks. */
  readonly packages: readonly string[]
  /** How the result is started. */
  readonly start: string
  /** What else belongs into .gitignore. */
  readonly ignored?: readonly string[]
  /** What to know of this project. */
  readonly notes?: readonly string[]
  /** What is there now, and how it is used. */
  readonly there?: readonly string[]
}

/** Decides what belongs into a project. Only texts: nothing is written here. */
export function planFiles(project: Project, issuer: string): Plan {
  if (project.framework === 'nestjs') return planNest(project, { settings: settings(issuer), paths, packages: lacks(project, 'curfew') })
  if (project.framework === 'next')
    return planNext(project, { settings: (more) => settings(issuer, more), packages: lacks(project, 'curfew'), issuer })
  const plan = { none: planServe, express: planServer, fastify: planServer, hono: planServer }
  return plan[project.framework](project, issuer)
}

const lacks = (project: Project, ...names: readonly string[]): string[] => names.filter((name) => !project.installed.has(name))

const settings = (issuer: string, more: readonly string[] = []): string[] => [
  `  issuer: process.env.CURFEW_ISSUER ?? '${issuer}', // what people's browsers reach; https anywhere but on this machine`,
  `  audience: process.env.CURFEW_AUDIENCE ?? 'https://api.example.com', // what your tokens are for: a name, not necessarily an address`,
  `  database: process.env.CURFEW_DATABASE ?? 'curfew.db', // a SQLite file, or postgres://…`,
  ...more,
  '  accounts: { signUp: true }, // or { authenticate, find }: the users that you have already',
  `  session: { scopes: ['orders:read'] }, // what the tokens of your own pages and apps may do`,
]

const cleanStop = [
  '',
  '// A clean stop: no lease is lost, and sign-outs after the next start confirm at once.',
  `for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => curfew.close().then(() => process.exit()))`,
]

/** The module that makes it, for whoever imports it. */
function curfewModule(esm: boolean, issuer: string, stop: readonly string[]): string {
  const head = esm ? `import { createCurfew } from 'curfew'` : `const { createCurfew } = require('curfew')`
  const made = `${esm ? 'export const' : 'const'} curfew = createCurfew({`
  const lines = [head, '', made, ...settings(issuer), '})', ...stop]
  return text(esm ? lines : [...lines, '', 'module.exports = { curfew }'])
}

/** Express, Fastify, Hono: the module, and a program where there is none yet. */
function planServer(project: Project, issuer: string): Plan {
  const { framework, program } = project
  const esm = program === undefined ? project.modules === 'esm' || project.typescript : project.modules === 'esm' || /\.m?ts$/.test(program)
  const kind = program === undefined ? newKind(project) : (/[^.]+$/.exec(program)?.[0] ?? 'js')
  const at = program === undefined ? '.' : dirname(program)
  const module = posix.join(at, `curfew.${kind}`)
  const isCompiled = program !== undefined && /^m?ts$/.test(kind) && !project.uncompiled
  const specifier = isCompiled ? `./curfew${project.modules === 'esm' ? `.${kind.replace('ts', 'js')}` : ''}` : `./curfew.${kind}`
  const { imports, mount, whole } = framework === 'fastify' ? fastify : framework === 'hono' ? hono : express
  const use = (what: string, from: string): string => (esm ? `import ${what} from '${from}'` : `const ${what} = require('${from}')`)
  const file = {
    path: module,
    text: curfewModule(esm, issuer, framework === 'fastify' ? [] : cleanStop),
    what: 'makes Curfew, with your settings',
  }
  if (program !== undefined) {
    const add = { to: program, lines: [use('{ curfew }', specifier), ...mount] }
    return {
      files: [file],
      add,
      packages: lacks(project, 'curfew'),
      start: `node --env-file=.env ${isCompiled ? '…, what you compile it to' : program}`,
    }
  }
  const port = new URL(issuer).port || '3000'
  const lines = [...imports.map(([what, from]) => use(what, from)), use('{ curfew }', specifier), '', ...whole(port)]
  const server = { path: `server.${kind}`, text: text(lines), what: 'mounts it, and protects one route' }
  const packages = lacks(project, 'curfew', ...imports.map(([, from]) => from))
  return { files: [file, server], add: undefined, packages, start: `node --env-file=.env server.${kind}` }
}

/** What Node runs as it is. */
function newKind({ typescript, modules }: Project): string {
  if (typescript) return modules === 'esm' ? 'ts' : 'mts'
  return 'js'
}

interface Server {
  readonly imports: readonly (readonly [string, string])[]
  readonly mount: readonly string[]
  readonly whole: (port: string) => readonly string[]
}

const paths = '// POST /sign-up, /session/sign-in, /session/sign-out, /authorize, /token, …'
const hello = `{ hello: 'you are signed in' }`

const express: Server = {
  imports: [['express', 'express']],
  mount: [`app.use(curfew.express()) ${paths}`, `app.get('/private', curfew.protect(), (request, response) => response.json(${hello}))`],
  whole: (port) => [
    'const app = express()',
    `app.use(curfew.express()) ${paths}`,
    `app.get('/private', curfew.protect(), (_request, response) => response.json(${hello}))`,
    `app.listen(${port}, (error) => {`,
    '  if (error) throw error // Express 5 hands it in where the port is taken',
    `  console.log('http://localhost:${port}')`,
    '})',
  ],
}

/** Its plugins and hooks close in order, and Curfew before the server: services hold requests to it open, which it answers then. */
const fastifyStop = [
  `app.addHook('preClose', () => curfew.close()) // a clean stop: no lease is lost, and sign-outs after the next start confirm at once`,
  `for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => app.close().then(() => process.exit()))`,
]

const fastify: Server = {
  imports: [['Fastify', 'fastify']],
  mount: [
    `app.register(curfew.fastify()) ${paths}`,
    `app.get('/private', { onRequest: curfew.protect().fastify }, async () => (${hello}))`,
    ...fastifyStop,
  ],
  whole: (port) => [
    'const app = Fastify()',
    `app.register(curfew.fastify()) ${paths}`,
    `app.get('/private', { onRequest: curfew.protect().fastify }, async () => (${hello}))`,
    ...fastifyStop,
    `app.listen({ port: ${port} }).then(() => console.log('http://localhost:${port}'))`,
  ],
}

const hono: Server = {
  imports: [
    ['{ serve }', '@hono/node-server'],
    ['{ Hono }', 'hono'],
  ],
  mount: [`app.use(curfew.hono()) ${paths}`, `app.get('/private', curfew.protect().hono, (c) => c.json(${hello}))`],
  whole: (port) => [
    'const app = new Hono()',
    `app.use(curfew.hono()) ${paths}`,
    `app.get('/private', curfew.protect().hono, (c) => c.json(${hello}))`,
    `serve({ fetch: app.fetch, port: ${port} }, () => console.log('http://localhost:${port}'))`,
  ],
}

/** No framework: a configuration for `curfew serve`. */
function planServe(project: Project): Plan {
  const lines = [
    '/** Issuer, audience, database and secret are in .env. */',
    'export default {',
    '  accounts: { signUp: true }, // or { authenticate, find }: the users that you have already',
    `  session: { scopes: ['orders:read'] }, // what the tokens of your own pages and apps may do`,
    '}',
  ]
  const file = { path: 'curfew.config.mjs', text: text(lines), what: 'your settings' }
  return { files: [file], add: undefined, packages: lacks(project, 'curfew'), start: 'npx curfew serve' }
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}
