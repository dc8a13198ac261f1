import assert from 'node:assert/strict'
import { test } from 'node:test'
import { realWorld } from '../../../src/real-world.ts'
import { openDatabase } from '../../../src/store/postgres/database.ts'
import type { PgPoolLike, PgQuery } from '../../../src/store/postgres/driver.ts'

/** A pool whose connections lose what was prepared, as PgBouncer in transaction mode does. */
function losingPool(code: string): { pool: PgPoolLike; asked: (string | undefined)[] } {
  const asked: (string | undefined)[] = []
  const query = async ({ name }: PgQuery): Promise<unknown> => {
    asked.push(name === undefined ? undefined : 'named')
    if (name !== undefined) throw Object.assign(new Error('prepared statement'), { code })
    return { rows: [[1]], rowCount: 1, command: 'SELECT' }
  }
  const client = { query, release: () => undefined, on: () => undefined, removeListener: () => undefined }
  return { pool: { connect: async () => client }, asked }
}

for (const code of ['26000', '42P05']) {
  test(`statements stay prepared until a connection has lost them (${code}); then none is, and none fails by it`, async () => {
    const { pool, asked } = losingPool(code)
    const database = openDatabase({ pool, closePool: async () => undefined, world: realWorld(), reads: 4, prepared: true })
    const one = { text: 'SELECT $1::bigint', values: [1] }
    const answers = await Promise.all([database.run(one), database.run(one)])
    assert.deepEqual(
      answers.map(({ rows }) => rows),
      [[[1]], [[1]]],
    )
    assert.deepEqual(asked, ['named', 'named', undefined, undefined])
    await database.using(async ({ all }) => assert.equal((await all([one])).length, 1))
    assert.deepEqual(asked.slice(4), [undefined])
  })
}

test('another failure of a prepared statement is what it is', async () => {
  const { pool, asked } = losingPool('22P02')
  const database = openDatabase({ pool, closePool: async () => undefined, world: realWorld(), reads: 4, prepared: true })
  await assert.rejects(database.run({ text: 'SELECT $1::bigint', values: [1] }), { code: '22P02' })
  assert.deepEqual(asked, ['named'])
})
