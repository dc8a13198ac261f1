import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

const cwd = join(import.meta.dirname, '..')
const bin = (name: string, file: string) => join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), file)
const vitest = [bin('vitest', 'vitest.mjs'), 'run']
const jest = ['--experimental-vm-modules', bin('jest', 'bin/jest.js')]

function run(argv: readonly string[], at: string): { status: number | null; said: string } {
  const ran = spawnSync(process.execPath, argv, { cwd: at, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1', CI: 'true' } })
  return { status: ran.status, said: ran.stdout + ran.stderr }
}

test('Vitest: a service’s own tests make tokens, end sessions, stop the clock and unplug the issuer', () => {
  const { status, said } = run(vitest, cwd)
  assert.equal(status, 0, said)
  assert.match(said, /Tests {2}5 passed/)
})

test('Jest: the same from CommonJS', () => {
  const { status, said } = run(jest, cwd)
  assert.equal(status, 0, said)
  assert.match(said, /Tests: +2 passed/)
})

test('both fail for a service that protects nothing', (t) => {
  const open = mkdtempSync(join(cwd, 'open-'))
  t.after(() => rmSync(open, { recursive: true, force: true }))
  for (const file of ['package.json', 'vitest.config.ts', 'vitest', 'jest']) cpSync(join(cwd, file), join(open, file), { recursive: true })
  writeFileSync(join(open, 'orders.mjs'), readFileSync(join(cwd, 'orders.mjs'), 'utf8').replaceAll(/protect\(\{.*?\}\)/g, 'letIn'))
  writeFileSync(
    join(open, 'orders.mjs'),
    `${readFileSync(join(open, 'orders.mjs'), 'utf8')}\nfunction letIn(req, res, next) {\n  req.auth = {}\n  next()\n}\n`,
  )
  assert.match(run(vitest, open).said, /Tests {2}5 failed/)
  assert.match(run(jest, open).said, /Tests: +2 failed/)
})
