import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runTestFile } from './run-test-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'curfew-runner-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const head = `import { describe, test } from 'node:test'\nimport assert from 'node:assert/strict'\n`
const run = (name: string, text: string, seconds = 20) => {
  const path = join(folder, `${name}.test.ts`)
  writeFileSync(path, text)
  return runTestFile(path, { seconds })
}

test('what passes, fails and is skipped is counted, with names and reasons', async () => {
  const result = await run(
    'mixed',
    `${head}
    test('good', () => {})
    test('left out', { skip: 'no database here' }, () => {})
    test('not yet', { todo: true }, () => { throw new Error('later') })
    describe('room', () => { test('bad', () => assert.equal(1, 2)) })
    test('parent', async (t) => { await t.test('child', () => { throw new Error('boo') }) })`,
  )
  assert.equal(result.passed, 1)
  assert.deepEqual(result.failed, ['room › bad', 'parent › child'])
  assert.deepEqual(result.skipped, [
    { name: 'left out', why: 'no database here' },
    { name: 'not yet', why: 'no reason given' },
  ])
  assert.match(result.report, /boo/)
})

test('a file that hangs is ended, and says after which test', async () => {
  const result = await run(
    'hangs',
    `${head} test('fine', () => {})\n test('hangs', () => new Promise(() => setInterval(() => {}, 1000)))`,
    2,
  )
  assert.deepEqual(result.failed, ['it had 2 s and was ended; its last finished test: fine'])
})

test('a file that breaks before its first test has failed', async () => {
  const result = await run('broken', `throw new Error('at import')`)
  assert.deepEqual(result.failed, ['it ended with exit code 1'])
  assert.match(result.report, /at import/)
})

test('a file that breaks after its last test has failed', async () => {
  const result = await run('late', `${head} test('fine', () => {})\n process.on('exit', () => { process.exitCode = 7 })`)
  assert.deepEqual(result.failed, ['it ended with exit code 7'])
})

test('a file without a test has failed', async () => {
  assert.deepEqual((await run('empty', '')).failed, ['there is no test in it'])
})
