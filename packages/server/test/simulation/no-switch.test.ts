import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { brokenParts } from '../../simulation/broken/all.ts'
import { scenarios } from '../../simulation/scenarios/all.ts'

const packages = fileURLToPath(new URL('../../../', import.meta.url))
const sources = ['server', 'verifier'].flatMap((name) => {
  const folder = join(packages, name, 'src')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file: `${name}/${file}`, text: readFileSync(join(folder, file), 'utf8') }))
})
/** Comments name rules; code must not. */
const codeOf = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '')

test('what is published imports nothing of the simulator: broken parts live in simulation/broken alone', () => {
  assert.ok(sources.length > 100)
  for (const { file, text } of sources) assert.doesNotMatch(text, /(?:from|import\()\s*'[^']*simulation/, file)
})

test('no name of a broken part is in the code of what is published, so nothing there can be switched to one', () => {
  const names = brokenParts.map(({ name }) => name)
  const pattern = new RegExp(`\\b(?:${names.join('|')})\\b`)
  for (const { file, text } of sources) assert.doesNotMatch(codeOf(text), pattern, file)
})

test('no environment variable is read by what decides, but where a service finds its issuer: none can weaken a rule', () => {
  const decides = /^(?:verifier\/|server\/(?:domain|store|ledger|keys|use-cases|endpoints)\/)/
  const reading = sources.filter(({ file, text }) => decides.test(file) && /\bprocess\.env\b/.test(codeOf(text)))
  assert.deepEqual(
    reading.map(({ file }) => file),
    ['verifier/adapters/protection.ts'],
  )
  const names = codeOf(reading[0]!.text).match(/\bCURFEW_[A-Z_]+/g)
  assert.deepEqual([...new Set(names)].sort(), ['CURFEW_AUDIENCE', 'CURFEW_ISSUER', 'CURFEW_KEY'])
})

test('each name of protocol.md that says what goes wrong without a rule has a broken part', () => {
  const protocol = readFileSync(join(packages, '../docs/protocol.md'), 'utf8')
  // The names in capitals that tell what goes wrong stand in italics.
  const told = [...protocol.matchAll(/\*([A-Z][\s\S]*?)\*/g)].flatMap(([, text]) => text!.match(/\b[A-Z][A-Z0-9]{3,}\b/g) ?? [])
  const known = new Set(brokenParts.map(({ name }) => name))
  const notNames = new Set([
    'DELETE',
    'WHERE',
    'HEALTHY',
    'RIGHTS',
    'POSEACH',
    'COMPARE',
    'ACKSET',
    'SERIAL',
    'INSERT',
    'UPDATE',
    'COMMITTED',
  ])
  const missing = [...new Set(told)].filter((name) => !known.has(name) && !notNames.has(name))
  assert.deepEqual(missing, [])
})

test('each broken part has a scenario, a rule and a sentence', () => {
  const names = new Set(scenarios.map(({ name }) => name))
  for (const { name, rule, wrong, scenario } of brokenParts) {
    assert.ok(names.has(scenario), `${name}: ${scenario}`)
    assert.match(rule, /^[A-Z]\d+(?:, [A-Z]\d+)*$/)
    assert.ok(wrong.length > 20, name)
  }
  assert.equal(new Set(brokenParts.map(({ name }) => name)).size, brokenParts.length)
})
