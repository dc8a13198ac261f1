import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OAuthError } from '../../../src/errors.ts'
import { realWorld } from '../../../src/real-world.ts'
import { batches } from '../../../src/store/postgres/batch.ts'
import { openDatabase } from '../../../src/store/postgres/database.ts'
import { loads } from '../../../src/store/postgres/loads.ts'

const never = new Promise<never>(() => undefined)
const told = (error: unknown): boolean =>
  error instanceof OAuthError && error.code === 'temporarily_unavailable' && error.reason === 'database_away'

test('a database that stands still: so many wait for it, and whoever comes then is told at once', async () => {
  const database = { run: () => never, using: () => never }
  const world = realWorld()
  const log = { warn: () => undefined }
  const gathered = batches({ database, loads, world, log, lanes: 2, tag: 'one', announce: () => undefined })
  for (let nth = 0; nth < 20_000; nth += 1)
    gathered.add({ kind: 'grant', gid: String(nth).padStart(22, '0') }, () => ({ outcome: 'none' })).catch(() => undefined)
  await assert.rejects(
    gathered.add({ kind: 'grant', gid: 'B'.repeat(22) }, () => ({ outcome: 'none' })),
    told,
  )

  const asked = openDatabase({ pool: { connect: () => never }, closePool: async () => undefined, world, reads: 4, prepared: false })
  for (let nth = 0; nth < 20_004; nth += 1) asked.run({ text: 'SELECT 1' }).catch(() => undefined)
  await assert.rejects(asked.run({ text: 'SELECT 1' }), told)
})

test('RL-2: whoever repeats one thing, a cookie that nobody has, fills a part of the line, and everybody else is let in', async () => {
  const database = { run: () => never, using: () => never }
  const gathered = batches({
    ...{ database, loads, world: realWorld(), log: { warn: () => undefined }, lanes: 2, tag: 'one', announce: () => undefined },
  })
  const repeat = (cookie: string) =>
    gathered.add({ kind: 'browser', cookie, clientId: 'app', audience: 'api' }, () => ({ outcome: 'none' }))
  let refused = 0
  const count = (error: unknown): void => void (told(error) && refused++)
  for (let nth = 0; nth < 30_000; nth += 1) repeat('A'.repeat(43)).catch(count)
  await new Promise(setImmediate)
  assert.equal(refused, 29_000)
  repeat('B'.repeat(43)).catch(count)
  gathered.add({ kind: 'session', sid: 'C'.repeat(22) }, () => ({ outcome: 'none' })).catch(count)
  await new Promise(setImmediate)
  assert.equal(refused, 29_000, 'these two wait')
})

test('V5, RL-2: what leases and confirmations rest on goes before all reads that wait, and after none of them', async () => {
  const sent: string[] = []
  const answers: (() => void)[] = []
  const client = {
    query: ({ text }: { text: string }) => {
      sent.push(text)
      return new Promise((resolve) => answers.push(() => resolve({ rows: [], rowCount: 0, command: 'SELECT' })))
    },
    on: () => client,
    removeListener: () => client,
    release: () => undefined,
  }
  const world = realWorld()
  const asked = openDatabase({ pool: { connect: async () => client }, closePool: async () => undefined, world, reads: 1, prepared: false })
  const all = ['a', 'b', 'c'].map((text) => asked.run({ text }))
  all.push(asked.ahead({ text: 'the ledger' }), asked.ahead({ text: 'the rows' }))
  while (sent.length < 5 || answers.length > 0) {
    await new Promise(setImmediate)
    answers.shift()?.()
  }
  await Promise.all(all)
  assert.deepEqual(sent, ['a', 'the ledger', 'the rows', 'b', 'c'])
})
