import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from '../../src/config.ts'
import { openKeys } from '../../src/keys/open-keys.ts'
import { openLedger } from '../../src/ledger/open-ledger.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { addUser } from '../../src/testing/contract/fixtures.ts'
import { testWorld } from '../../src/testing/fixed-clock.ts'
import { changePassword } from '../../src/use-cases/change-password.ts'
import { end } from '../../src/use-cases/end.ts'
import { openLimiter } from '../../src/use-cases/limiter.ts'
import { putClient } from '../../src/use-cases/register.ts'

test('P2, P4: all of the first-party client ends just before a new password is stored: no session is born from what was looked at before', async () => {
  const world = testWorld()
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const store = openSqlite(':memory:', { world, leaseMs: 5000, log })
  const { settings, clients } = readConfig({ issuer: 'http://localhost:3000', audience: 'https://api.test', database: ':memory:' })
  for (const client of clients) await putClient(client, { store })
  const { sub } = await addUser(store)
  const { confirmation } = openLedger({ store, world, settings, log })
  const keys = await openKeys({ store, world, settings, masterSecret: world.random(32) })
  const limiter = openLimiter({ limits: false, proxies: settings.proxies, store, world, keyOf: () => '' })
  const passwords = {
    hash: async (text: string) => `hash of ${text}`,
    check: async () => true,
    renewed: async () => undefined,
    problemOf: async () => undefined,
  }
  const needs = { ...keys, ...{ store, confirmation, passwords, settings, world, log, accounts: { builtIn: true } as const, limiter } }

  let isCut = false
  const racing: Store['update'] = async (load, decide) => {
    if (load.kind === 'user' && !isCut) {
      isCut = true
      await end({ client: settings.session.client }, { why: 'admin', wait: 0 }, needs)
    }
    return store.update(load, decide)
  }
  const given = { sub, current: 'correct horse battery staple', next: 'another horse battery staple', cookie: false, wait: 0 }
  await assert.rejects(changePassword(given, { ...needs, store: { ...store, update: racing } }), {
    code: 'invalid_credentials',
    reason: 'cut',
  })
  assert.equal(isCut, true)
  assert.deepEqual(await store.lists.sessions(sub), [])
  assert.equal((await store.lists.user(sub))?.password, 'a hash')
  assert.equal((await changePassword(given, needs)).signedIn.session.sub, sub)
})
