import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readJson } from '@curfew/verifier/wire'
import fc from 'fast-check'

const bytes = (...parts: (string | number[])[]) => Buffer.concat(parts.map((part) => Buffer.from(part as string)))

test('JSON: what JSON.stringify writes is read as what it was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const text = JSON.stringify(value)
      for (const source of [text, Buffer.from(text)]) {
        const read = readJson(source, { members: 100_000 })
        if (!text.isWellFormed()) continue
        assert.deepEqual('value' in read && JSON.parse(JSON.stringify(read.value)), JSON.parse(text))
      }
    }),
  )
})

test('JSON: nothing is taken that JSON.parse does not take', () => {
  const edits = fc.tuple(
    fc.jsonValue({ maxDepth: 3 }),
    fc.nat(),
    fc.constantFrom(',', '{', '}', '"', '\\', '0', '-', ' ', 'e', '\u0001', 'tru'),
  )
  fc.assert(
    fc.property(edits, ([value, at, inserted]) => {
      const text = JSON.stringify(value)
      const broken = text.slice(0, at % (text.length + 1)) + inserted + text.slice(at % (text.length + 1))
      const read = readJson(broken, { members: 100_000 })
      if ('value' in read) assert.doesNotThrow(() => JSON.parse(broken), broken)
    }),
    { numRuns: 500 },
  )
})

test('JV-7: a member that occurs twice is refused, also when one of the two is escaped', () => {
  for (const text of [
    '{"alg":1,"alg":1}',
    '{"alg":1,"\\u0061lg":2}',
    '[{"a":{"b":1,"b":1}}]',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":1}',
  ]) {
    assert.deepEqual(readJson(text), { problem: 'duplicate_member' }, text)
  }
})

test('JV-14: bytes that are not UTF-8, or hide something, are refused', () => {
  const broken = [
    [[0xff]],
    ['"', [0xc0, 0xaf], '"'], // overlong
    ['"', [0xe0, 0x80, 0xaf], '"'],
    ['"', [0xf0, 0x80, 0x80, 0xaf], '"'],
    ['"', [0xed, 0xa0, 0x80], '"'], // a surrogate
    ['"', [0xf4, 0x90, 0x80, 0x80], '"'], // above U+10FFFF
    ['"', [0xe2, 0x82], '"'], // cut off
    ['"', [0x80], '"'],
    ['"', [0xf0, 0x9f, 0x98]],
  ]
  for (const parts of broken) assert.deepEqual(readJson(bytes(...parts)), { problem: 'not_utf8' }, JSON.stringify(parts))
  assert.deepEqual(readJson(bytes([0xef, 0xbb, 0xbf], '{}')), { problem: 'not_json' }, 'a byte order mark')
  assert.deepEqual(readJson(Buffer.from('{"a":1}', 'utf16le')), { problem: 'not_json' }, 'UTF-16')
  assert.deepEqual(readJson('"\\ud800"'), { problem: 'lone_surrogate' })
  assert.deepEqual(readJson('"\\ud83d\\ude00"'), { value: '😀' })
  assert.deepEqual(readJson('"\ud800"'), { problem: 'lone_surrogate' })
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 8 }), (noise) => {
      let text: string | undefined
      try {
        text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(noise)
      } catch {}
      const read = readJson(bytes('"', [...noise], '"'))
      assert.equal('problem' in read && read.problem === 'not_utf8', text === undefined)
    }),
    { numRuns: 2000 },
  )
})

test('JV-12: depth, members and numbers are bounded', () => {
  assert.ok('value' in readJson('['.repeat(32) + ']'.repeat(32)))
  assert.deepEqual(readJson('['.repeat(33) + ']'.repeat(33)), { problem: 'too_deep' })
  assert.deepEqual(readJson('{"a":'.repeat(100_000)), { problem: 'too_deep' })
  assert.deepEqual(readJson(`[${'0,'.repeat(100_000)}0]`), { problem: 'too_many_members' })
  assert.deepEqual(readJson(`{${Array.from({ length: 2000 }, (_, at) => `"${at}":0`).join()}}`), { problem: 'too_many_members' })
  assert.deepEqual(readJson('1e400'), { problem: 'number_out_of_range' })
  assert.deepEqual(readJson('-1e400'), { problem: 'number_out_of_range' })
  for (const text of [
    'NaN',
    'Infinity',
    '01',
    '+1',
    '.5',
    '1.',
    '0x10',
    '1e',
    '--1',
    '',
    ' ',
    '{} {}',
    "{'a':1}",
    '{"a":1,}',
    '[1,]',
    '[,]',
    '"\t"',
  ]) {
    assert.deepEqual(readJson(text), { problem: 'not_json' }, text)
  }
})

test('JV-26: objects have no prototype, and no name is special', () => {
  const read = readJson('{"__proto__":{"isAdmin":true},"constructor":1,"toString":2}')
  assert.ok('value' in read)
  assert.equal(Object.getPrototypeOf(read.value), null)
  assert.deepEqual(Object.keys(read.value as object), ['__proto__', 'constructor', 'toString'])
  assert.equal((read.value as { isAdmin?: boolean }).isAdmin, undefined)
})
