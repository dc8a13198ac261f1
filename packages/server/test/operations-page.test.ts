import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { z } from 'zod'
import { optionsSchema } from '../src/config.ts'

const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8')

/** As JSON Schema has it. */
interface Knob {
  readonly properties?: Readonly<Record<string, Knob>>
  readonly anyOf?: readonly Knob[]
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
}

/** Each with its path; of two forms those of both. */
function knobs(of: Knob, path: string[] = []): (readonly [string, Knob])[] {
  const inner = [of, ...(of.anyOf ?? [])].flatMap(({ properties = {} }) => Object.entries(properties))
  const own = path.length === 0 || (inner.length > 0 && path.join('.') !== 'database') ? [] : [[path.join('.'), of] as const]
  return [...own, ...inner.flatMap(([name, one]) => knobs(one, [...path, name]))]
}

const rows = new Map(
  page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split(' | '))
    .map(([name, ...cells]) => [name!.slice(3, -1), cells] as const),
)

test('docs/operations.md names every knob, with what is so where nothing is said, and the bounds that the start holds it to', () => {
  // For tests, and what has a page of its own.
  const all = knobs(z.toJSONSchema(optionsSchema, { unrepresentable: 'any', io: 'input' }) as Knob).filter(
    ([name]) => name !== 'world' && !name.startsWith('limits.'),
  )
  assert.ok(all.length > 25, `${all.length}`)
  for (const [name, knob] of all) {
    const cells = rows.get(name)
    assert.ok(cells, `${name} is not there`)
    const [given, possible] = cells
    if (
      typeof knob.default === 'number' ||
      typeof knob.default === 'boolean' ||
      (typeof knob.default === 'string' && knob.default !== '')
    ) {
      assert.equal(given, String(knob.default), name)
    }
    if (knob.minimum !== undefined) assert.equal(possible, `${knob.minimum} to ${knob.maximum}`, name)
  }
})
