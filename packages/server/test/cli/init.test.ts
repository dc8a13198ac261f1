import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { parseEnv } from 'node:util'
import { withEnvFile } from '../../src/cli/env-file.ts'
import { curfew } from './command-line.ts'

// Inside of the repository, so that `express` and `curfew` are found as in a project where they are installed.
const root = join(import.meta.dirname, '../../../../.tmp')
mkdirSync(root, { recursive: true })
const folder = mkdtempSync(join(root, 'init-'))
after(() => rmSync(folder, { recursive: true, force: true }))

interface Answer {
  readonly framework: string
  readonly typescript: boolean
  readonly modules: string
  readonly files: { path: string; did: string; what: string }[]
  readonly add?: { to: string; lines: string[] }
  readonly also: { to: string; lines: string[] }[]
  readonly notes: string[]
  readonly install?: string
  readonly start: string
  readonly there: string[]
}

function project(files: Record<string, string>): string {
  const at = mkdtempSync(join(folder, 'a-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(at, path, '..'), { recursive: true })
    writeFileSync(join(at, path), text)
  }
  return at
}

const manifest = (dependencies: string[], more: object = {}): string =>
  JSON.stringify({ name: 'theirs', ...more, dependencies: Object.fromEntries(dependencies.map((name) => [name, '*'])) })

async function init(at: string, ...options: string[]): Promise<Answer> {
  const { code, stdout, stderr } = await curfew(['--json', 'init', at, ...options])
  assert.equal(code, 0, stderr + stdout)
  return JSON.parse(stdout) as Answer
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

/** Signs up, calls, signs out; the program that was written does it all. */
async function works(at: string, argv: readonly string[], issuer: string): Promise<void> {
  const program = spawn(process.execPath, ['-C', 'curfew-source', ...argv], { cwd: at, stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(program, 'exit')
  try {
    const line = once(createInterface({ input: program.stdout }), 'line')
    assert.deepEqual(await Promise.race([line, exit.then(() => ['it ended'])]), [issuer])
    const env = { ...process.env, CURFEW_DATABASE: ':memory:' }
    const second = spawnSync(process.execPath, ['-C', 'curfew-source', ...argv], { cwd: at, env, encoding: 'utf8', timeout: 20_000 })
    assert.deepEqual([second.status, second.stdout], [1, ''], 'the port is taken: no address is told, and it fails')
    assert.match(second.stderr, /EADDRINUSE/)
    const post = (path: string, body: object, headers = {}) =>
      fetch(issuer + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
    const ada = { identifier: 'ada', password: 'a long walk by the sea', mode: 'token' }
    assert.equal((await post('/sign-up', ada)).status, 201)
    const answer = (await (await post('/session/sign-in', ada)).json()) as { access_token: string }
    const bearer = { authorization: `Bearer ${answer.access_token}` }
    const look = async () => (await fetch(`${issuer}/private`, { headers: bearer })).status
    assert.equal(await look(), 200)
    assert.equal(((await (await post('/session/sign-out', {}, bearer)).json()) as { confirmed: boolean }).confirmed, true)
    assert.equal(await look(), 401)
    assert.ok(readdirSync(at).includes('curfew.db'))
    assert.ok(!readdirSync(at).includes('curfew.db.key'), 'the secret is the one of .env')
  } finally {
    program.kill('SIGTERM')
    await exit
  }
  if (process.platform !== 'win32') assert.equal(program.exitCode, 0)
}

const kinds: Record<string, { files: Record<string, string>; server: string }> = {
  'Express, CommonJS': { files: { 'package.json': manifest(['express']) }, server: 'server.js' },
  'Fastify, TypeScript': { files: { 'package.json': manifest(['fastify', 'typescript'], { type: 'module' }) }, server: 'server.ts' },
  'Express, ESM': { files: { 'package.json': manifest(['express'], { type: 'module' }) }, server: 'server.js' },
  'Express, TypeScript without "type": "module"': {
    files: { 'package.json': manifest(['express', 'typescript'], { type: 'commonjs' }) },
    server: 'server.mts',
  },
  'Fastify, CommonJS': { files: { 'package.json': manifest(['fastify']) }, server: 'server.js' },
  'Hono, ESM': { files: { 'package.json': manifest(['hono', '@hono/node-server'], { type: 'module' }) }, server: 'server.js' },
  'Hono, CommonJS': { files: { 'package.json': manifest(['hono', '@hono/node-server']) }, server: 'server.js' },
}

// Each takes a second: the long form has them all.
for (const [kind, { files, server }] of Object.entries(kinds).slice(0, process.env.CURFEW_FULL ? undefined : 2)) {
  test(`init in a fresh folder, ${kind}: what it wrote starts, signs in and out; a second time it changes nothing`, async () => {
    const at = project(files)
    const issuer = `http://localhost:${await freePort()}`
    const first = await init(at, '--issuer', issuer)
    assert.deepEqual([...new Set(first.files.map(({ did }) => did))], ['wrote'])
    assert.deepEqual([first.start, first.install, first.add], [`node --env-file=.env ${server}`, 'npm install curfew', undefined])
    await works(at, ['--env-file=.env', server], issuer)

    const texts = () => first.files.map(({ path }) => readFileSync(join(at, path), 'utf8'))
    const before = texts()
    const again = await init(at, '--issuer', issuer)
    assert.deepEqual([...new Set(again.files.map(({ did }) => did)), again.add, texts()], ['kept', undefined, before])
    assert.deepEqual(again.files.map(({ path }) => path).toSorted(), first.files.map(({ path }) => path).toSorted())
  })
}

test('a project with a program of its own: the module lands beside it, and the lines to add are told', async () => {
  const cases = [
    [
      { 'package.json': manifest(['express']), 'app.js': "const express = require('express')\n" },
      'curfew.js',
      "const { curfew } = require('./curfew.js')",
    ],
    [
      { 'package.json': manifest(['express']), 'app.js': "import express from 'express'\n" },
      'curfew.js',
      "import { curfew } from './curfew.js'",
    ],
    [{ 'package.json': manifest(['fastify']), 'src/main.mjs': '' }, 'src/curfew.mjs', "import { curfew } from './curfew.mjs'"],
    [{ 'package.json': manifest(['hono']), 'src/index.ts': "import 'hono'\n" }, 'src/curfew.ts', "import { curfew } from './curfew.ts'"],
    [
      { 'package.json': manifest(['express']), 'src/index.ts': "import 'x'\n", 'tsconfig.json': '{}' },
      'src/curfew.ts',
      "import { curfew } from './curfew'",
    ],
    [
      { 'package.json': manifest(['express'], { type: 'module' }), 'src/server.ts': "import 'x'\n", 'tsconfig.json': '{}' },
      'src/curfew.ts',
      "import { curfew } from './curfew.js'",
    ],
    [{ 'package.json': manifest(['express'], { main: 'api.js' }), 'api.js': '' }, 'curfew.js', "const { curfew } = require('./curfew.js')"],
  ] as const
  for (const [files, module, line] of cases) {
    const at = project(files)
    const { add, files: written } = await init(at)
    assert.deepEqual([written[0]?.path, add?.lines[0]], [module, line])
    assert.ok(!written.some(({ path }) => path.startsWith('server.')))
    assert.ok(add?.to && add.to in files)
    const text = readFileSync(join(at, module), 'utf8')
    assert.equal(text.startsWith('import '), line.startsWith('import '))
  }
})

test('what a compiler wrote, and what lies outside of the folder, is no program to write beside', async () => {
  for (const main of ['dist/index.js', '../index.js', '/index.js']) {
    const { files } = await init(project({ 'package.json': manifest(['express'], { main }), 'dist/index.js': '' }))
    assert.deepEqual(
      files.map(({ path }) => path),
      ['curfew.js', 'server.js', '.env', '.gitignore'],
    )
  }
})

test('Nest, Next.js and no framework at all are told apart, and --framework decides', async () => {
  const nest = await init(project({ 'package.json': manifest(['@nestjs/core', 'express', 'typescript']) }))
  assert.deepEqual(
    [nest.framework, nest.files[1]?.path, nest.add?.lines[0]],
    ['nestjs', 'src/signed-in.guard.ts', "import { curfew } from './curfew'"],
  )
  const next = await init(project({ 'package.json': manifest(['next', 'react']), 'src/app/page.js': '', 'next.config.js': '' }))
  assert.deepEqual(
    next.files.slice(0, 4).map(({ path }) => path),
    ['src/lib/curfew.js', 'src/app/auth/[...path]/route.js', 'src/app/.well-known/[...path]/route.js', 'src/instrumentation.js'],
  )
  assert.deepEqual(next.add, { to: 'next.config.js', lines: ["serverExternalPackages: ['curfew', '@curfew/verifier'],"] })
  const none = await init(project({}))
  assert.deepEqual([none.framework, none.files[0]?.path, none.start], ['none', 'curfew.config.mjs', 'npx curfew serve'])
  assert.equal((await init(project({ 'package.json': manifest(['express', 'hono']) }), '--framework', 'express')).framework, 'express')
})

test('Nest: a guard that fits its adapter, a module that closes Curfew, and nest start where its CLI is there', async () => {
  const main = "import { FastifyAdapter } from '@nestjs/platform-fastify'\n"
  const both = ['@nestjs/core', '@nestjs/platform-express', '@nestjs/platform-fastify', '@nestjs/cli', 'typescript']
  for (const [files, isFastify] of [
    [{ 'package.json': manifest(both), 'src/main.ts': '' }, false],
    [{ 'package.json': manifest(both), 'src/main.ts': main }, true],
    [{ 'package.json': manifest(both.filter((name) => !name.endsWith('express'))) }, true],
  ] as const) {
    const at = project(files)
    const { add, also, start } = await init(at)
    assert.match(add!.lines[1]!, isFastify ? /^await app\.register\(curfew\.fastify\(\)\)/ : /^app\.use\(curfew\.express\(\)\)/)
    assert.match(readFileSync(join(at, 'src/signed-in.guard.ts'), 'utf8'), isFastify ? /await protect\.fastify\(/ : / => protect\(http/)
    assert.equal(also[0]?.to, 'src/app.module.ts')
    assert.match(readFileSync(join(at, 'src/curfew.ts'), 'utf8'), /beforeApplicationShutdown/)
    assert.doesNotMatch(readFileSync(join(at, 'src/curfew.ts'), 'utf8'), /SIGTERM/)
    assert.equal(start, 'npx nest start --watch --env-file .env')
  }
})

test('a compiler that finds no types of packages with exports is told of', async () => {
  const cases: [string, boolean][] = [
    ['{ "compilerOptions": { "module": "commonjs" } }', true],
    ['{ "compilerOptions": { "module": "esnext", "moduleResolution": "Node" } }', true],
    ['{ "compilerOptions": { "module": "commonjs", "moduleResolution": "bundler" } }', false],
    ['{\n // "module": "commonjs"\n "compilerOptions": { "module": "nodenext" } }', false],
  ]
  for (const [tsconfig, told] of cases) {
    const { notes } = await init(project({ 'package.json': manifest(['@nestjs/core']), 'tsconfig.json': tsconfig }))
    assert.deepEqual(
      notes.map((note) => /"module": "nodenext"/.test(note)),
      told ? [true] : [],
      tsconfig,
    )
  }
})

test('.env: a fresh secret for its owner only; one that is there is not touched, and no link is followed', async () => {
  const [one, two] = [project({}), project({})]
  await init(one)
  await init(two)
  const secret = (at: string) => /^CURFEW_SECRET=([\w-]{64})$/m.exec(readFileSync(join(at, '.env'), 'utf8'))![1]!
  assert.notEqual(secret(one), secret(two))
  if (process.platform !== 'win32') assert.equal(statSync(join(one, '.env')).mode & 0o777, 0o600)
  assert.ok(readFileSync(join(one, '.gitignore'), 'utf8').split('\n').includes('.env'))

  const theirs = project({ '.env': 'MINE=1\n', '.gitignore': 'node_modules' })
  const { files } = await init(theirs)
  assert.equal(readFileSync(join(theirs, '.env'), 'utf8'), 'MINE=1\n')
  assert.match(files.find(({ path }) => path === '.env')!.what, /no CURFEW_SECRET: add one/)
  assert.equal(readFileSync(join(theirs, '.gitignore'), 'utf8'), 'node_modules\n.env\ncurfew.db*\n')

  const linked = project({})
  const elsewhere = join(folder, 'elsewhere')
  symlinkSync(elsewhere, join(linked, '.env'))
  assert.equal((await curfew(['init', linked])).code, 1)
  assert.ok(!readdirSync(folder).includes('elsewhere'), 'nothing was written through the link')
})

test('JK-5: a database that is there keeps opening: its secret goes into .env, and none where nobody here knows it; no second mount is written', async () => {
  const made = 'c3VjaCBhIHNlY3JldCBhcyBhIHN0YXJ0IG1ha2VzIGJ5IGl0c2VsZg-_0123456'
  const server = "const { createCurfew } = require('curfew')\nconst curfew = createCurfew({})\napp.use(curfew.express())\n"
  const files = { 'package.json': manifest(['express'], { scripts: { start: 'node server.js' } }), 'server.js': server, 'curfew.db': '' }
  const one = project({ ...files, 'curfew.db.key': `${made}\n` })
  const { files: written, notes, add } = await init(one)
  assert.equal(parseEnv(readFileSync(join(one, '.env'), 'utf8')).CURFEW_SECRET, made)
  assert.match(written.find(({ path }) => path === '.env')!.what, /the CURFEW_SECRET of curfew\.db\.key/)
  assert.deepEqual([add, readdirSync(one).includes('curfew.js')], [undefined, false])
  assert.deepEqual(notes, [
    '"start" in package.json is "node server.js", which does not read .env: make it "node --env-file=.env server.js", or its secret and settings are missing there.',
  ])
  assert.ok(!JSON.stringify([written, notes]).includes(made))

  for (const key of [{}, { 'curfew.db.key': "a secret of one's own, with a # and 'quotes'" }]) {
    const other = project({ ...files, ...key })
    const told = (await init(other)).files.find(({ path }) => path === '.env')!.what
    assert.equal(parseEnv(readFileSync(join(other, '.env'), 'utf8')).CURFEW_SECRET, undefined)
    assert.match(told, /^without a CURFEW_SECRET/)
  }
})

test('a start script that reads no .env is told of, and one that does is not', async () => {
  const cases: [string[], string | undefined, RegExp | undefined][] = [
    [['express'], 'node app.js', /make it "node --env-file=\.env app\.js"/],
    [['express'], undefined, /has no "start": with "start": "node --env-file=\.env app\.js"/],
    [['express'], 'nodemon app.js', /make it "node --env-file=\.env …"/],
    [['express'], 'node --env-file=.env app.js', undefined],
    [['express', 'dotenv'], 'node app.js', undefined],
    [['@nestjs/core'], 'nest start', /make it "nest start --env-file \.env"/],
    [['next'], 'next start', /make "start" in package\.json "NEXT_MANUAL_SIG_HANDLE=true next start"/],
    [['next'], 'NEXT_MANUAL_SIG_HANDLE=true next start', undefined],
  ]
  for (const [packages, start, told] of cases) {
    const { notes } = await init(project({ 'package.json': manifest(packages, { scripts: { start } }), 'app.js': '' }))
    assert.equal(notes.length, told ? 1 : 0, `${start}: ${notes}`)
    if (told) assert.match(notes[0]!, told)
  }
})

test('Next.js: where things are, what to know of the project, and what a second run with another issuer does not change', async () => {
  const files = { 'package.json': manifest(['next']), 'pages/index.js': '', 'instrumentation.js': 'export function register() {}\n' }
  const at = project(files)
  const first = await init(at, '--issuer', 'http://localhost:3218')
  assert.equal(first.start, 'npx next dev -p 3218')
  assert.match(first.there.join(' '), /\/auth\/sign-up.*\/auth\/account.*protect\(\{ scope.*session\(await headers\(\)\)/)
  assert.deepEqual(
    first.notes.map((note) => /your pages are in pages|instrumentation file already|NEXT_MANUAL_SIG_HANDLE/.exec(note)?.[0]),
    ['your pages are in pages', 'instrumentation file already', 'NEXT_MANUAL_SIG_HANDLE'],
  )
  assert.equal(readFileSync(join(at, '.gitignore'), 'utf8'), '.env\ncurfew.db*\nnode_modules/\n.next/\n')
  const again = await init(at)
  assert.deepEqual([again.start, again.files.find(({ path }) => path === '.env')?.what], [first.start, 'it has a CURFEW_SECRET'])
  const other = await init(at, '--issuer', 'http://localhost:4000')
  assert.match(other.files.find(({ path }) => path === '.env')!.what, /\.env says CURFEW_ISSUER=http:\/\/localhost:3218: change it there$/)
  const auth = await init(project({ 'package.json': manifest(['next']), 'app/auth/page.tsx': '' }))
  assert.match(auth.notes[0]!, /you have an app\/auth already/)
})

test('it says what it did, with no secret in it, and what to do next', async () => {
  const at = project({ 'package.json': manifest(['express']), 'app.js': '' })
  const { stdout } = await curfew(['init', at])
  assert.match(
    stdout,
    /^found {2}Express\nwrote {2}curfew\.js: .*\nwrote {2}\.env: .*\nwrote {2}\.gitignore: .*\n\nAdd these to app\.js:\n\n {2}const /,
  )
  assert.match(stdout, /\nnext: npm install curfew && node --env-file=\.env app\.js\n$/)
  assert.ok(!stdout.includes(/CURFEW_SECRET=(.*)/.exec(readFileSync(join(at, '.env'), 'utf8'))![1]!))
})

test('what a start would refuse, and what would break a line, is refused before anything is written', async () => {
  const at = project({})
  for (const issuer of ['http://login.example.com', 'localhost:3000', "http://localhost:3000/'", 'http://localhost:3000\nX=1']) {
    const { code, stdout, stderr } = await curfew(['init', at, '--issuer', issuer])
    assert.notEqual(code, 0, stdout)
    assert.notEqual(stderr, '')
  }
  assert.equal((await curfew(['init', join(at, 'nowhere')])).code, 2)
  assert.deepEqual(readdirSync(at), [])
})

test('the commands take what is in .env, below the environment, and only what is ours', () => {
  const at = project({ '.env': 'CURFEW_DATABASE=theirs.db\nCURFEW_ISSUER=http://localhost:1\nPATH=/nowhere\n' })
  const given = { CURFEW_ISSUER: 'http://localhost:2', PATH: '/bin' }
  assert.deepEqual(withEnvFile(given, join(at, '.env')), { ...given, CURFEW_DATABASE: 'theirs.db' })
  assert.equal(withEnvFile(given, join(at, 'none')), given)
})
