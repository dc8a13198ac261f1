import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from '../../src/config.ts'
import type { Position } from '../../src/domain/position.ts'
import { openKeys } from '../../src/keys/open-keys.ts'
import { openLedger } from '../../src/ledger/open-ledger.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { addUser } from '../../src/testing/contract/fixtures.ts'
import { testWorld } from '../../src/testing/fixed-clock.ts'
import { openLimiter } from '../../src/use-cases/limiter.ts'
import { mailLink } from '../../src/use-cases/mail-link.ts'
import type { Letter } from '../../src/use-cases/needs.ts'
import { resetPassword } from '../../src/use-cases/reset-password.ts'

test('PR-1: somebody else shows that the address is theirs just before a new password is stored: it is stored, and the address stays theirs', async () => {
  const world = testWorld()
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const store = openSqlite(':memory:', { world, leaseMs: 5000, log })
  const { settings } = readConfig({ issuer: 'http://localhost:3000', audience: 'https://api.test', database: ':memory:' })
  const { confirmation } = openLedger({ store, world, settings, log })
  const keys = await openKeys({ store, world, settings, masterSecret: world.random(32) })
  const limiter = openLimiter({ limits: false, proxies: settings.proxies, store, world, keyOf: () => '' })
  const passwords = {
    hash: async (text: string) => `hash of ${text}`,
    check: async () => true,
    renewed: async () => undefined,
    problemOf: async () => undefined,
  }
  const letters: Letter[] = []
  const mail = { signsIn: false, pages: {}, later: () => undefined, send: async (letter: Letter) => void letters.push(letter) }
  const needs = {
    ...keys,
    ...{ store, confirmation, passwords, settings, world, log, accounts: { builtIn: true } as const, limiter, mail },
  }

  const address = 'x@example.com'
  const user = await addUser(store, { identifier: address, mail: address, mailVerified: false })
  const { position } = await store.begin({ kind: 'head' })
  await mailLink('reset', { user, mail: address, position: position as Position }, needs)
  const token = new URL(letters[0]!.link!).searchParams.get('token')!

  let other: string | undefined
  const racing: Store['update'] = async (load, decide) => {
    if (load.kind === 'user' && other === undefined) other = (await addUser(store, { mail: address, mailVerified: true })).sub
    return store.update(load, decide)
  }
  const given = { token, next: 'kohlrabi on the tram to nowhere', wait: 0 }
  assert.equal((await resetPassword(given, { ...needs, store: { ...store, update: racing } })).ended, 0)
  const after = await store.lists.user(user.sub)
  assert.deepEqual([after?.password, after?.mailVerified ?? false], ['hash of kohlrabi on the tram to nowhere', false])
  assert.equal((await store.begin({ kind: 'mail', mail: address })).rows?.sub, other)
})
