import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filled, quoted, requirements } from './requirements.ts'

test('docs/requirements.md names the tests that there are (else: npm exec -- node tools/requirements.ts --write)', () => {
  const { is, shouldBe } = requirements()
  assert.ok(is === shouldBe, 'docs/requirements.md is out of date: npm exec -- node tools/requirements.ts --write') // not `equal`: it would print the page twice
  assert.deepEqual(shouldBe.match(/^\| [A-Z]{2}-\d+ (?=.*\| not covered yet \|$)/gm) ?? [], [], 'shown by no test')
})

test('ids are read from the strings of a test, not from its comments', () => {
  const text = "// AZ-1\ntest('RF-2, RF-3: a replay', () => {})\ntest(`JV-7 $" + "{name}`, () => {})\nconst other = 'SHA-256'\n"
  assert.deepEqual([...quoted('a.test.ts', text)], ['RF-2', 'RF-3', 'JV-7'])
})

test('a requirement has its tests, or says that it has none', () => {
  const page = '| RF-2 | a \\| b | RFC 1 | old |\n| RF-3 | c | RFC 2 | old |\n| DP-1 | d | RFC 3 | old |\n'
  const shown = new Map([['RF-2', new Set(['packages/server/test/b.test.ts', 'packages/server/test/a.test.ts'])]])
  assert.equal(
    filled(page, shown),
    '| RF-2 | a \\| b | RFC 1 | [a.test.ts](../packages/server/test/a.test.ts), [b.test.ts](../packages/server/test/b.test.ts) |\n' +
      '| RF-3 | c | RFC 2 | not covered yet |\n| DP-1 | d | RFC 3 | later |\n',
  )
})
