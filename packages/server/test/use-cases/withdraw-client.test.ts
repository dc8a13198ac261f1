import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLedger } from '../../src/ledger/open-ledger.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { addClient } from '../../src/testing/contract/fixtures.ts'
import { testWorld } from '../../src/testing/fixed-clock.ts'
import { withdrawClient } from '../../src/use-cases/register.ts'

test('L1, P2: a client is disabled and cut in one transaction: who dies at any commit leaves both or neither', async () => {
  for (const commits of [0, 1]) {
    const world = testWorld()
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    const store = openSqlite(':memory:', { world, leaseMs: 5000, log })
    const { id } = await addClient(store)
    const client = (await store.lists.clients()).find((one) => one.id === id)!
    let left = commits
    const dying: Store['update'] = (load, decide) =>
      left-- > 0 ? store.update(load, decide) : Promise.reject(new Error('the process died here'))
    const settings = { issuer: 'https://issuer.example', maxAccessLifetime: 300 }
    const { confirmation } = openLedger({ store, world, settings, log })
    const signer = { receipt: () => 'a receipt' } as never
    await withdrawClient(client, { store: { ...store, update: dying }, confirmation, signer, log }).catch(() => undefined)
    const { disabled, cut } = (await store.lists.clients()).find((one) => one.id === id)!
    assert.deepEqual({ disabled, isCut: cut > 0 }, { disabled: commits > 0, isCut: commits > 0 })
  }
})
