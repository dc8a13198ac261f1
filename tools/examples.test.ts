import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { examples, good, layExamples, strangersEnv } from './packed.ts'
import { root, runCommand } from './run-command.ts'

interface Project {
  readonly scripts?: Record<string, string>
  readonly curfew?: { readonly services: string[] }
  readonly dependencies: Record<string, string>
}

const env = { ...strangersEnv, NEXT_TELEMETRY_DISABLED: '1', FERRETDB: process.env.FERRETDB ?? join(root, '.tmp/go/ferretdb') }

const read = (name: string): Project => JSON.parse(readFileSync(join(root, 'examples', name, 'package.json'), 'utf8')) as Project

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
