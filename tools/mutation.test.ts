import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Explained, entries, judge, type Mutant, share, tally } from '../mutation/judge.ts'
import { parts } from '../mutation/parts.ts'
import { survivors } from '../mutation/survivors/survivors.ts'
import { root } from './run-command.ts'

const file = 'a.ts'
const source = 'const is = (a: number) =>\n  a < 1 && a < 2\n'
const mutant = (status: string, column: number, replacement: string): Mutant => ({
  ...{ mutatorName: 'EqualityOperator', status, replacement },
  location: { start: { line: 2, column }, end: { line: 2, column: column + 5 } },
})
const found = tally(file, {
  source,
  mutants: [
    mutant('Killed', 3, 'a > 1'),
    mutant('Timeout', 3, 'a >= 1'),
    mutant('Survived', 3, 'a <= 1'),
    mutant('NoCoverage', 12, 'a <= 2'),
    mutant('CompileError', 12, '??'),
    mutant('Ignored', 12, 'true'),
  ],
})
const line = 'a < 1 && a < 2'
const explained = (...mutations: string[]): Explained => ({ file, line, mutations, why: 'for the test' })

test('what no test covers has survived, what never ends is noticed, what cannot run counts for nothing', () => {
  assert.deepEqual(
    found.survivors.map(({ at, mutation }) => [at, mutation]),
    [
      [2, 'a < 1 → a <= 1'],
      [2, 'a < 2 → a <= 2'],
    ],
  )
  assert.deepEqual([found.killed, found.timedOut, found.broken, share([found]), share([])], [2, 1, 1, 0.5, 1])
})

test('a survivor needs an explanation of its own: of its line and mutation, and each explains one', () => {
  const mutations = (...list: Explained[]) => judge([found], list).unexplained.map(({ mutation }) => mutation)
  assert.deepEqual(mutations(explained('a < 1 → a <= 1', 'a < 2 → a <= 2')), [])
  assert.deepEqual(mutations(explained('a < 1 → a <= 1', 'a < 1 → a <= 1')), ['a < 2 → a <= 2'])
  assert.deepEqual(mutations({ ...explained('a < 1 → a <= 1', 'a < 2 → a <= 2'), line: 'another' }).length, 2)
  const twice = judge([{ ...found, survivors: [found.survivors[0]!, found.survivors[0]!] }], [explained('a < 1 → a <= 1')])
  assert.equal(twice.unexplained.length, 1)
})

test('an explanation of what is noticed by now is found, where its file was looked at', () => {
  const list = [explained('a < 1 → a <= 1', 'a < 2 → a <= 2', 'a < 1 → a > 1'), { ...explained('x → y'), file: 'b.ts' }]
  assert.deepEqual(judge([found], list).idle, [`a.ts\n${line}\na < 1 → a > 1`])
})

test('what a run prints can be put into the list as it is', () => {
  const printed = entries(found.survivors).replace(/^ *\/\/.*$/gm, '')
  const list = JSON.parse(`[${printed.trim().replace(/,$/, '')}]`) as Explained[]
  assert.deepEqual(judge([found], list), { unexplained: [], idle: [] })
})

test('each explained survivor is of a line that is still there, and says why', () => {
  assert.deepEqual(Object.keys(survivors), Object.keys(parts))
  for (const { file: path, line: text, mutations, why } of Object.values(survivors).flat()) {
    assert.ok(existsSync(join(root, path)), path)
    const lines = readFileSync(join(root, path), 'utf8').split('\n')
    assert.ok(
      lines.some((one) => one.trim() === text),
      `${path} has no such line any more: ${text}`,
    )
    assert.ok(mutations.length > 0 && why.length > 10, `${path}: ${text}`)
  }
})
