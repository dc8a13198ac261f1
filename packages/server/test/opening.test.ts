import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CurfewError } from '../src/index.ts'
import { opening } from '../src/opening.ts'
import { realWorld } from '../src/real-world.ts'

const sentence = 'The keys in the database are sealed under another master secret.'

function start() {
  const said: [object, string | undefined][] = []
  const log = { debug() {}, info() {}, warn() {}, error: (facts: object, message?: string) => void said.push([facts, message]) }
  const opened = opening(() => Promise.reject(new CurfewError(sentence)), { world: realWorld(), log, name: 'the database' })
  return { opened, said }
}

test('AD-6: what no waiting mends is in the log at the start, and not only after the first request', async () => {
  const { opened, said } = start()
  await opened.last()
  assert.deepEqual(said, [[{ event: 'start.failed', problem: sentence }, `Curfew cannot serve: ${sentence}`]])
  await assert.rejects(opened.now(), { message: sentence })
  assert.equal(said.length, 1)
})

test('AD-6: whoever waits in ready() is told by it, and the log says nothing twice', async () => {
  const { opened, said } = start()
  await assert.rejects(opened.ready(), { message: sentence })
  assert.deepEqual(said, [])
})
