import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plan } from './files.ts'
import type { Project } from './project.ts'

/** The pieces of every framework's plan. */
interface Common {
  readonly settings: (more: readonly string[]) => readonly string[]
  readonly packages: readonly string[]
  readonly issuer: string
}

const methods = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'] // all that Next.js has: a 405 is Curfew's, too

/** Next.js: the module, the two route handlers that mount it, and what closes it. */
export function planNext(project: Project, { settings, packages, issuer }: Common): Plan {
  const kind = project.typescript ? 'ts' : 'js'
  const has = (path: string): boolean => existsSync(join(project.folder, path))
  const src = has('src/app') || has('src/pages') ? 'src/' : ''
  const route = text(routeHandler(project.typescript))
  const handlers = [`${src}app/auth/[...path]/route.${kind}`, `${src}app/.well-known/[...path]/route.${kind}`]
  const files = [
    { path: `${src}lib/curfew.${kind}`, text: text(module(project.typescript, settings, src)), what: 'makes Curfew, with your settings' },
    ...handlers.map((path) => ({ path, text: route, what: 'mounts it' })),
    { path: `${src}instrumentation.${kind}`, text: text(instrumentation(project.typescript)), what: 'closes it when Next.js is stopped' },
  ]
  const external = `serverExternalPackages: ['curfew', '@curfew/verifier']`
  const config = ['next.config.ts', 'next.config.mjs', 'next.config.js'].find(has)
  const own = {
    path: 'next.config.mjs',
    text: `// They are loaded from node_modules as they are: a bundler cannot pack node:sqlite and a native Argon2.\nexport default { ${external} }\n`,
    what: 'has Next.js load Curfew from node_modules, and not pack it',
  }
  const port = new URL(issuer).port
  return {
    files: config === undefined ? [...files, own] : files,
    add: config === undefined ? undefined : { to: config, lines: [`${external},`] },
    packages,
    start: port === '' || port === '3000' ? 'npx next dev' : `npx next dev -p ${port}`,
    ignored: ['node_modules/', '.next/'],
    notes: notes(project, src),
    there: [
      'POST /auth/sign-up, /auth/session/sign-in and /auth/session/sign-out: all that Curfew answers is under /auth',
      '/auth/account: the page to sign up, sign in and see your devices',
      `a route handler of yours: export const GET = protect({ scope: 'orders:read' })((request, { auth }) => Response.json({ for: auth.sub })), with protect from ${src}lib/curfew`,
      `a page of yours: const user = await session(await headers()), with session from ${src}lib/curfew`,
    ],
  }
}

function notes({ folder, start }: Project, src: string): string[] {
  const has = (path: string): boolean => existsSync(join(folder, path))
  const app = `${src}app`
  const found: string[] = []
  if (!has(app) && has(`${src}pages`))
    found.push(`your pages are in ${src}pages: what answers /auth is in ${app}, which Next.js takes beside it. There, use curfew().node.`)
  if (['page.tsx', 'page.jsx', 'page.js', 'route.ts', 'route.js'].some((file) => has(`${app}/auth/${file}`)) || has(`${app}/auth/login`))
    found.push(
      `you have an ${app}/auth already: its own paths go before Curfew's. Where they are in the way, move ${app}/auth/[...path] and set basePath to the new path.`,
    )
  const closing = ['ts', 'js'].map((kind) => join(folder, `${src}instrumentation.${kind}`)).find((file) => existsSync(file))
  if (closing && !readFileSync(closing, 'utf8').includes('curfew'))
    found.push(
      `you have an instrumentation file already: in its register(), where process.env.NEXT_RUNTIME is 'nodejs', close Curfew on SIGINT and SIGTERM, (await import('./lib/curfew')).close(), and then exit.`,
    )
  if (!start?.includes('NEXT_MANUAL_SIG_HANDLE'))
    found.push(
      `Next.js ends before Curfew is closed, unless it is told not to: make "start" in package.json "NEXT_MANUAL_SIG_HANDLE=true ${start ?? 'next start'}".`,
    )
  return found
}

function module(typescript: boolean, settings: Common['settings'], src: string): string[] {
  const type = (words: string): string => (typescript ? words : '')
  return [
    `import { createCurfew${type(', type Curfew, type Protect, type ProtectOptions')} } from 'curfew'`,
    '',
    `const held = globalThis${type(' as typeof globalThis & { curfew?: Curfew }')}`,
    '',
    '/** The one of this process, made when it is first asked for: `next build` loads every file without serving anybody. */',
    `export function curfew()${type(': Curfew')} {`,
    '  held.curfew ??= createCurfew({',
    ...settings([`  basePath: '/auth', // ${src}app/auth/[...path]`]).map((line) => `  ${line}`),
    '  })',
    '  return held.curfew',
    '}',
    '',
    `/** For route handlers and proxy: \`export const GET = protect({ scope: 'orders:read' })((request, { auth, params }) => …)\`. */`,
    'export const protect =',
    `  (needs${type(': ProtectOptions')} = {})${type(`: Protect['fetch']`)} =>`,
    '  (handler) =>',
    '  (request, ...beside) =>',
    '    curfew().protect(needs).fetch(handler)(request, ...beside)',
    '',
    '/** For pages and layouts: who is signed in, or null. `const user = await session(await headers())` */',
    `export async function session(headers${type(': Headers')})${type(': Promise<{ sub: string; name: string | null } | null>')} {`,
    `  const asked = { headers: { cookie: headers.get('cookie') ?? '' } } // before Curfew is opened: the build knows that such a page is made for each caller`,
    `  const answer = await curfew().fetch(new Request('http://localhost/auth/session', asked))`,
    '  return answer.ok ? (await answer.json()).user : null',
    '}',
    '',
    '/** At the end of the process: instrumentation does it. */',
    `export async function close()${type(': Promise<void>')} {`,
    '  await held.curfew?.close()',
    '}',
  ]
}

function routeHandler(typescript: boolean): string[] {
  return [
    `import { curfew } from '../../../lib/curfew'`,
    '',
    `const handle = (request${typescript ? ': Request' : ''}) => curfew().fetch(request)`,
    '',
    `export { ${methods.map((method) => `handle as ${method}`).join(', ')} }`,
  ]
}

/** Next.js loads it once at the start, for the edge too, where there are no signals. */
const instrumentation = (typescript: boolean): string[] => [
  '/** A clean stop: no lease is lost, and sign-outs after the next start confirm at once. NEXT_MANUAL_SIG_HANDLE=true lets it finish. */',
  'export async function register() {',
  `  if (process.env.NEXT_RUNTIME === 'nodejs') {`,
  `    const { close } = await import('./lib/curfew')`,
  `    for (const signal of ['SIGINT', 'SIGTERM']${typescript ? ' as const' : ''}) process.once(signal, () => close().finally(() => process.exit()))`,
  '  }',
  '}',
]

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}
