import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { contractCases, storeContract } from '../../../src/testing/store-contract.ts'
import { rewriting } from './broken-sql.ts'
import { broken } from './broken-stores.ts'
import { opener } from './open-for-test.ts'
import { assertFollowsIndex } from './query-plans.ts'
import { type PostgresServer, skip, startPostgres } from './server.ts'

describe('PostgreSQL', { skip }, () => {
  let server: PostgresServer
  let stores: ReturnType<typeof opener>
  let plain: ReturnType<typeof opener>
  before(async () => {
    server = await startPostgres()
    stores = opener(server.url)
    plain = opener(server.url, { pipeline: false, prepared: true })
  })
  after(async () => {
    await stores.end()
    await plain.end()
    await server.close()
  })

  const statements = new Set<string>()
  const noted = (text: string): string => {
    statements.add(text)
    return text
  }
  storeContract('PostgreSQL keeps the contract', () => stores.open(noted), ['advance', 'node'])

  // In the short form PgBouncer's tests stand for it.
  if (process.env.CURFEW_FULL) {
    storeContract("PostgreSQL through an application's pool, with prepared statements, keeps the contract", () => plain.open(), ['advance'])
  }

  test('every statement of the contract follows an index, however many sessions there are', async () => {
    const reads = [...statements].filter((text) => /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b/.test(text))
    assert.ok(reads.length > 80, `${reads.length}`)
    const { schema, pool } = await stores.migrated()
    const client = await pool.connect()
    try {
      for (const text of reads) await assertFollowsIndex(client, text.replaceAll(/\bcurfew\.(?=[a-z_])/g, `${schema}.`), schema)
    } finally {
      client.release()
    }
  })

  describe('the contract catches', () => {
    for (const each of broken) {
      test(each.rule, async () => {
        const found = contractCases.filter(({ name, needs }) => !needs?.includes('reopen') && each.caughtBy.test(name))
        assert.equal(found.length, 1, 'the pattern names one case')
        const rewrite = rewriting(each.sql)
        const changesTables = each.sql.some(([from]) => from.startsWith('CREATE'))
        const change = (text: string): string =>
          rewrite.change(each.isSlow && text === 'COMMIT' ? 'SELECT pg_sleep(random() * 0.03); COMMIT' : text)
        const opened = await stores.open(change, {}, changesTables)
        try {
          await assert.rejects(found[0]!.run(opened), each.because ?? assert.AssertionError, 'a broken adapter passed')
          assert.ok(rewrite.used > 0, 'the SQL to be broken is not there any more')
        } finally {
          await opened.close().catch(() => undefined)
        }
      })
    }
  })
})
