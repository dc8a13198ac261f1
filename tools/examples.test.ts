import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { examples, good, layExamples, strangersEnv } from './packed.ts'
import { root, runCommand } from './run-command.ts'

interface Project {
  readonly scripts?: Record<string, string>
  readonly curfew?: { readonly services: string[] }
  readonly dependencies: Record<string, string>
  readonly devDependencies?: Record<string, string>
}

const env = {
  ...strangersEnv,
  NEXT_TELEMETRY_DISABLED: '1',
  NEXT_MANUAL_SIG_HANDLE: 'true',
  FERRETDB: process.env.FERRETDB ?? join(root, '.tmp/bin/ferretdb'),
}

interface Addition {
  readonly to: string
  readonly lines: string[]
}

const read = (name: string): Project => JSON.parse(readFileSync(join(root, 'examples', name, 'package.json'), 'utf8')) as Project

const nestFastify = `import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'`

/** What `nest new` makes, as far as it matters. */
const nestMain = `import 'reflect-metadata'
import { Controller, Get, Module, UseGuards } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
// adapter
import { SignedIn } from './signed-in.guard.js'
// import
@Controller('private')
class PrivateController {
  @Get()
  @UseGuards(SignedIn())
  get() {
    return {}
  }
}
@Module({ controllers: [PrivateController] })
class AppModule {}
const app = await NestFactory.create(AppModule, { logger: false })
// use
await app.listen(3000, '127.0.0.1')
`

/** What `next build` must find the types of. */
const nextRoute = `import type { Protected } from 'curfew'
import { protect } from '../../../lib/curfew'
type Context = Protected & { params: Promise<{ id: string }> }
export const GET = protect({ scope: 'orders:read' })(async (_request, { params }: Context) => Response.json(await params))
export const PUT = protect()(() => Response.json([]))
`

const nextPage = `import { headers } from 'next/headers'
import { session } from '../../lib/curfew'
export default async function Me() {
  return <h1>{(await session(await headers()))?.name ?? 'nobody'}</h1>
}
`

describe('the examples, each by itself, with the packed packages', {
  skip: process.env.CURFEW_FULL ? false : 'it installs packages: npm test -- --full examples',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-examples-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  before(() => layExamples(folder))

  for (const name of examples()) {
    test(`${name} builds, and its tests pass; none is skipped`, { timeout: 240_000 }, async () => {
      const at = join(folder, 'examples', name)
      const { scripts, curfew } = read(name)
      // What Next.js and Nest compile by themselves is checked there.
      if (existsSync(join(at, 'tsconfig.json')) && !/next build|tsc/.test(scripts?.build ?? ''))
        await good(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], at)
      if (scripts?.build) await good('npm', ['run', 'build'], at, env)
      const tests = globSync('test/**/*.test.ts', { cwd: at })
      assert.ok(tests.length > 0 || curfew, 'an example has tests, or services for `curfew dev`')
      if (tests.length > 0) {
        const ran = await runCommand(process.execPath, ['--test', '--test-reporter=spec', ...tests], { cwd: at, env })
        assert.equal(ran.code, 0, ran.output)
        assert.match(ran.output, /^ℹ skipped 0$/m, ran.output)
        assert.match(ran.output, /^ℹ pass [1-9]/m, ran.output)
      }
      if (curfew) await servicesRun(folder, at, curfew.services)
    })
  }

  for (const [on, text] of [
    ['Express', nestMain],
    [
      'Fastify',
      nestMain
        .replace('// adapter', nestFastify)
        .replace('create(AppModule, {', 'create<NestFastifyApplication>(AppModule, new FastifyAdapter(), {'),
    ],
  ] as const) {
    test(`curfew init in a fresh Nest project on ${on}: built, started, signed in`, { timeout: 240_000 }, async () => {
      const at = fresh(folder, 'nestjs', { 'src/main.ts': text }, on)
      const issuer = `http://localhost:${await freePort()}`
      const { add, also } = await init(at, issuer)
      assert.deepEqual([add.to, also[0]?.to], ['src/main.ts', 'src/app.module.ts'])
      const [imports, ...use] = add.lines
      const main = text.replace('// import', `${imports}\n${also[0]?.lines[0]}`).replace('// use', use.join('\n'))
      writeFileSync(
        join(at, 'src/main.ts'),
        main.replace('3000', new URL(issuer).port).replace('@Module({', '@Module({ imports: [CurfewModule],'),
      )
      await good('npx', ['tsc'], at, env)
      await signsIn(at, ['--env-file=.env', 'dist/main.js'], issuer, { '/private': [200, 401] })
    })
  }

  test('curfew init in a fresh Next.js project: built, started, signed in', { timeout: 240_000 }, async () => {
    const at = fresh(folder, 'nextjs', {
      'app/layout.tsx': 'export default ({ children }: any) => <html><body>{children}</body></html>\n',
      'app/orders/[id]/route.ts': nextRoute,
      'app/me/page.tsx': nextPage,
    })
    const issuer = `http://localhost:${await freePort()}`
    await init(at, issuer)
    const next = join(folder, 'node_modules/next/dist/bin/next')
    await good(process.execPath, [next, 'build'], at, env)
    await signsIn(
      at,
      [next, 'start', '--port', new URL(issuer).port],
      issuer,
      { '/auth/sessions': [200, 401], '/orders/7': [200, 401], '/me': [200, 200] },
      '/auth',
    )
  })

  /** A project of a stranger, with an example's dependencies; they are found in the workspace's node_modules. */
  function fresh(folder: string, example: string, files: Record<string, string>, kind: string = ''): string {
    const at = join(folder, `fresh-${example}${kind}`)
    mkdirSync(at)
    const own = ['package.json', ...(example === 'nestjs' ? ['tsconfig.json'] : [])]
    for (const file of own) cpSync(join(root, 'examples', example, file), join(at, file))
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(at, file)), { recursive: true })
      writeFileSync(join(at, file), text)
    }
    return at
  }

  async function init(at: string, issuer: string): Promise<{ add: Addition; also: Addition[] }> {
    return JSON.parse(await good('npx', ['--no-install', 'curfew', '--json', 'init', '--issuer', issuer], at, env))
  }
})

/** Signs up, calls, signs out, calls again: what each path answers before and after. */
async function signsIn(cwd: string, argv: string[], issuer: string, paths: Record<string, [number, number]>, base = ''): Promise<void> {
  const child = spawn(process.execPath, argv, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  const exit = once(child, 'exit')
  try {
    // It says in its own way that it is there, or not at all: it is asked until it answers, or has ended.
    const answers = () =>
      fetch(`${issuer}/.well-known/openid-configuration`).then(
        ({ ok }) => ok,
        () => false,
      )
    while (!(await answers())) {
      assert.ok(child.exitCode === null, said)
      await pause(100)
    }
    const post = (path: string, headers: Record<string, string>, body?: object) =>
      fetch(issuer + base + path, { method: 'POST', headers, ...(body && { body: JSON.stringify(body) }) })
    const ada = { identifier: 'ada', password: 'a long walk by the sea', mode: 'token' }
    const signed = await post('/sign-up', { 'content-type': 'application/json' }, ada)
    assert.equal(signed.status, 201, said)
    const { access_token } = (await signed.json()) as { access_token: string }
    const headers = { authorization: `Bearer ${access_token}` }
    const look = async () => {
      const statuses = Object.keys(paths).map(async (path) => (await fetch(issuer + path, { headers })).status)
      return Promise.all(statuses)
    }
    assert.deepEqual(
      await look(),
      Object.values(paths).map(([before]) => before),
    )
    assert.equal((await post('/session/sign-out', headers)).status, 200)
    assert.deepEqual(
      await look(),
      Object.values(paths).map(([, afterwards]) => afterwards),
    )
  } finally {
    child.kill('SIGTERM')
    await exit
  }
  if (process.platform !== 'win32') assert.ok(!existsSync(join(cwd, 'curfew.db.control/socket')), `it did not close Curfew: ${said}`)
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

test('the lock file of the examples is that of their package.json files (else: npm run lock:examples)', () => {
  const lock = JSON.parse(readFileSync(join(root, 'examples/package-lock.json'), 'utf8')) as { packages: Record<string, Project> }
  for (const name of examples()) {
    const { dependencies, devDependencies } = read(name)
    const locked = lock.packages[`examples/${name}`]
    assert.deepEqual({ ...locked?.dependencies, ...locked?.devDependencies }, { ...dependencies, ...devDependencies }, name)
  }
})

/** Starts them with the packed binary, sees each answer, and stops them. */
async function servicesRun(folder: string, cwd: string, names: readonly string[]): Promise<void> {
  const bin = join(folder, 'node_modules/curfew/bin/curfew.cjs')
  const child = spawn(process.execPath, [bin, 'dev', '--services', '.', '--port', '0', '--json'], { cwd, env })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const exit = once(child, 'exit')
  try {
    const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), exit.then(() => assert.fail(said))])
    const { services, street } = JSON.parse(line) as { street: string; services: { name: string; url: string }[] }
    assert.deepEqual(services.map((service) => service.name).sort(), [...names].sort())
    for (const { name, url } of services) assert.equal((await fetch(`${url}/${name}`)).status, 401, `${name} refuses whoever has no token`)
    assert.equal((await fetch(street)).status, 200)
  } finally {
    child.kill('SIGTERM')
    await exit
  }
  assert.equal(child.exitCode, 0, said)
}

test('each example has a README and a line in README.md and in docs/mounting.md, and names exact versions', () => {
  const pages = ['README.md', 'docs/mounting.md'].map((page) => [page, readFileSync(join(root, page), 'utf8')] as const)
  for (const name of examples()) {
    assert.ok(existsSync(join(root, 'examples', name, 'README.md')), name)
    for (const [page, text] of pages) assert.match(text, new RegExp(`examples/${name}\\b`), `${page} does not name ${name}`)
    for (const [dependency, version] of Object.entries(read(name).dependencies))
      assert.match(version, /^(\d+\.\d+\.\d+|npm:express@4)$/, `${name}: ${dependency}`)
  }
})
