import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { good, pack, strangersEnv } from './packed.ts'
import { root, runCommand } from './run-command.ts'

describe('the packed packages, as a stranger gets them', {
  skip: process.env.CURFEW_FULL ? false : 'it installs packages: npm test -- --full packed',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-packed-'))
  const both = join(folder, 'both')
  const alone = join(folder, 'alone')
  let tarballs: readonly string[]
  after(() => rmSync(folder, { recursive: true, force: true }))

  before(async () => {
    tarballs = await pack(folder) // `dist` is as `npm test` built it
    await project(both, tarballs)
    await project(alone, tarballs.slice(0, 1))
    // For the compiler.
    await good('npm', ['install', '--no-audit', '--no-fund', '--save-dev', `@types/node@${typesOfNode}`], both)
  })

  test('they carry code and types, and nothing of the workshop', () => {
    for (const name of ['curfew', '@curfew/verifier']) {
      const at = join(both, 'node_modules', name)
      const files = readdirSync(at, { recursive: true, encoding: 'utf8' })
      assert.ok(existsSync(join(at, 'LICENSE')), `${name} has its licence`)
      assert.ok(existsSync(join(at, 'README.md')), `${name} has its README`)
      assert.deepEqual(
        files.filter((file) => /(^|\/)(src|test)\/|tsbuildinfo|tsconfig|(?<!\.d)\.ts$/.test(file)),
        [],
      )
    }
  })

  test('the verifier brings nothing with it', () => {
    assert.deepEqual(installed(alone), ['@curfew/verifier'])
  })

  test('curfew brings at most 30 packages with it', () => {
    const names = installed(both)
    assert.ok(names.includes('curfew'))
    assert.ok(names.length <= 30, `${names.length}: ${names.join(' ')}`)
  })

  test('they are imported from ESM and required from CommonJS', async () => {
    for (const [name, at] of [
      ['curfew', both],
      ['@curfew/verifier', both],
      ['@curfew/verifier', alone],
    ] as const) {
      for (const specifier of specifiers(at, name)) {
        writeFileSync(join(at, 'use.mjs'), `import '${specifier}'\n`)
        writeFileSync(join(at, 'use.cjs'), `require('${specifier}')\n`)
        await good(process.execPath, ['--throw-deprecation', 'use.mjs'], at)
        await good(process.execPath, ['--throw-deprecation', 'use.cjs'], at)
      }
    }
  })

  test('arethetypeswrong finds nothing, for ESM and for bundlers', async () => {
    for (const tarball of tarballs) {
      const checked = await checkPackage(createPackageFromTarballData(readFileSync(tarball)))
      assert.ok(checked.types, `${tarball} has types`)
      // Both are ESM only: `require` of them works (as the test above shows), and resolvers from before `exports` know no subpaths.
      const found = checked.problems.filter(
        (one) => one.kind !== 'CJSResolvesToESM' && !('resolutionKind' in one && one.resolutionKind === 'node10'),
      )
      assert.deepEqual(found, [])
    }
  })

  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ]) {
    test(`a TypeScript program compiles against them with ${moduleResolution}`, async () => {
      const lines = ['curfew', '@curfew/verifier']
        .flatMap((name) => specifiers(both, name))
        .map((one, at) => `export * as all${at} from '${one}'`)
      // Whoever imports `fastify/request` has Fastify.
      if (!existsSync(join(both, 'node_modules/fastify')))
        symlinkSync(join(root, 'node_modules/fastify'), join(both, 'node_modules/fastify'), 'dir')
      writeFileSync(join(both, 'use.ts'), `${lines.join('\n')}\n${typedUse}`)
      const compilerOptions = {
        module,
        moduleResolution,
        target: 'es2024',
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        types: ['node'],
      }
      writeFileSync(join(both, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }))
      await good(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], both)
    })
  }

  test('the binary runs, and refuses an older Node in one sentence', async () => {
    const bin = join(both, 'node_modules/curfew/bin/curfew.cjs')
    const help = await good(process.execPath, [bin, '--help'], both)
    assert.match(help, /serve/)
    // Where there is a real old Node, by it; and always by this one made to say that it is old.
    for (const old of [...olderNodes(), process.execPath]) {
      writeFileSync(
        join(both, 'old.cjs'),
        'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })',
      )
      const ran = await runCommand(old, ['-r', './old.cjs', bin, 'serve'], { cwd: both, env: strangersEnv })
      assert.equal(ran.code, 1)
      assert.match(ran.output, /^curfew needs Node 24\.15 or newer, and this is 20\.20\.2[^\n]*\n$/)
      // An application that mounts Curfew is started by a Node of its own.
      writeFileSync(join(both, 'mounts.mjs'), "import { createCurfew } from 'curfew'\ncreateCurfew({})\n")
      const mounted = await runCommand(old, ['-r', './old.cjs', 'mounts.mjs'], { cwd: both, env: strangersEnv })
      assert.match(mounted.output, /^CurfewError: curfew needs Node 24\.15 or newer, and this is 20\.20\.2\./m)
    }
  })

  test('npx curfew serve: an issuer of a configuration in TypeScript, commands beside it, a clean stop', async () => {
    const at = join(folder, 'serving')
    await project(at, tarballs)
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const { port } = probe.address() as AddressInfo
    probe.close()
    writeFileSync(
      join(at, 'curfew.config.mts'),
      `import type { CurfewOptions } from 'curfew'
export default { issuer: 'http://localhost:${port}', audience: 'https://api.example.com', database: 'curfew.db' } satisfies CurfewOptions
`,
    )
    const curfew = (...args: string[]) => good('npx', ['--no-install', 'curfew', ...args], at)
    assert.match(await curfew('--help'), /^Usage: curfew/)
    assert.equal((await curfew('--version')).trim(), JSON.parse(readFileSync(join(root, 'packages/server/package.json'), 'utf8')).version)
    const child = spawn(process.execPath, ['node_modules/curfew/bin/curfew.cjs', 'serve'], { cwd: at, env: strangersEnv })
    const exit = once(child, 'exit')
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    try {
      const lines = createInterface({ input: child.stdout })
      const started = (async () => {
        for await (const line of lines) if (line.includes('"event":"started"')) return
        assert.fail(`it ended: ${said}`)
      })()
      await started
      assert.equal((await fetch(`http://localhost:${port}/healthz`)).status, 200)
      assert.match(await curfew('services', 'add', 'orders'), /^CURFEW_KEY=cfk_orders_/m)
      assert.match(await curfew('services', 'list'), /^orders /m)
    } finally {
      child.kill('SIGTERM')
      await exit
    }
    assert.deepEqual([child.exitCode, said], [0, ''])
    assert.match(await curfew('services', 'list'), /^orders /m) // nobody serves: the file itself
  })

  async function project(at: string, tarballs: readonly string[]): Promise<void> {
    mkdirSync(at)
    writeFileSync(join(at, 'package.json'), JSON.stringify({ name: 'a-stranger', private: true }))
    await good('npm', ['install', '--no-audit', '--no-fund', ...tarballs], at)
  }
})

const typesOfNode: string = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies['@types/node']

/** What a program of a stranger types, as contract and README have it. */
const typedUse = `
import { createCurfew } from 'curfew'
import { createVerifier } from '@curfew/verifier'
import { protect } from '@curfew/verifier/express'
export const curfew = createCurfew({ issuer: 'http://localhost:3000', audience: 'https://api.example.com', database: ':memory:' })
export const verifier = createVerifier({ issuer: 'http://localhost:3000', audience: 'https://api.example.com', key: 'cfk_orders_x' })
export const handler = protect({ scope: 'orders:read' })
`

/** Every package that is installed there and is not optional. */
function installed(at: string): string[] {
  const { packages } = JSON.parse(readFileSync(join(at, 'node_modules/.package-lock.json'), 'utf8')) as {
    packages: Record<string, { optional?: boolean; dev?: boolean }>
  }
  return Object.entries(packages).flatMap(([place, { optional, dev }]) => (optional || dev ? [] : place.replace(/^.*node_modules\//, '')))
}

function specifiers(at: string, name: string): string[] {
  const { exports } = JSON.parse(readFileSync(join(at, 'node_modules', name, 'package.json'), 'utf8')) as {
    exports: Record<string, unknown>
  }
  return Object.keys(exports).flatMap((subpath) => (subpath === './package.json' ? [] : name + subpath.slice(1)))
}

function olderNodes(): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((one) => !one.includes('node_modules'))
  const node = folders.map((one) => join(one, 'node')).find((file) => existsSync(file))
  return node ? [node] : []
}
