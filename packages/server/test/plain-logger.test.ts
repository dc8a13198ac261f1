import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainLogger } from '../src/plain-logger.ts'

test('without a logger warnings and errors are told; CURFEW_LOG_LEVEL says how much else', () => {
  const said = (level?: string) => {
    const lines: string[] = []
    const log = plainLogger(level, (line) => lines.push(line))
    for (const name of ['debug', 'info', 'warn', 'error'] as const) log[name]({ event: name }, 'a message')
    assert.ok(lines.every((line) => line.endsWith('\n') && JSON.parse(line).msg === 'a message'))
    return lines.map((line) => JSON.parse(line).level)
  }
  assert.deepEqual(said(), ['warn', 'error'])
  assert.deepEqual(said('info'), ['info', 'warn', 'error'])
  assert.deepEqual(said('debug'), ['debug', 'info', 'warn', 'error'])
  assert.deepEqual(said('trace'), said('debug'))
  assert.deepEqual([said('fatal'), said('silent')], [[], []])
  assert.throws(() => plainLogger('loud'), {
    name: 'CurfewError',
    message: /^CURFEW_LOG_LEVEL is "loud"\. It can be debug, info, warn, error or silent\.$/,
  })
})
