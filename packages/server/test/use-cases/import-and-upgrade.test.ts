import assert from 'node:assert/strict'
import { pbkdf2Sync } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { openPasswords } from '../../src/accounts/passwords.ts'
import { readConfig } from '../../src/config.ts'
import { openServices } from '../../src/open-services.ts'
import { realWorld } from '../../src/real-world.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { importPerson } from '../../src/use-cases/import-person.ts'
import type { Services } from '../../src/use-cases/needs.ts'
import { putClient } from '../../src/use-cases/register.ts'
import { setPassword } from '../../src/use-cases/set-password.ts'
import { signIn } from '../../src/use-cases/sign-in.ts'
import { opener } from '../store/postgres/open-for-test.ts'
import { skip, startPostgres } from '../store/postgres/server.ts'

const password = 'correct horse battery staple'
const salt = Buffer.from('a salt of sixteen')
const foreign = `$pbkdf2-sha256$i=1000,l=32$${salt.toString('base64').replace(/=+$/, '')}$${pbkdf2Sync(password, salt, 1000, 32, 'sha256').toString('base64').replace(/=+$/, '')}`
const log = { debug() {}, info() {}, warn() {}, error() {} }
const how = { dryRun: false, clientIds: new Set(['web']) }

/** The services over a store. */
async function services(store: Store): Promise<{ all: Services; stop(): Promise<void> }> {
  const world = realWorld()
  const { settings, clients } = readConfig({
    issuer: 'http://localhost:3000',
    audience: 'https://api.test',
    database: ':memory:',
    limits: false,
  })
  for (const client of clients) await putClient(client, { store })
  const parts = {
    settings,
    world,
    store,
    log,
    passwords: openPasswords(2),
    masterSecret: world.random(32),
    accounts: { builtIn: true } as const,
  }
  const { services: all, stop } = await openServices(parts)
  return { all, stop }
}

const stores = [
  {
    name: 'SQLite',
    skip: false as const,
    open: async () => {
      const store = openSqlite(':memory:', { world: realWorld(), leaseMs: 5000, log })
      return { store, close: () => store.close() }
    },
  },
  {
    name: 'PostgreSQL',
    skip: process.env.CURFEW_FULL ? skip : 'in the long form only: npm test -- --full',
    open: async () => {
      const server = await startPostgres()
      const pool = opener(server.url)
      const { store, close } = await pool.open()
      const closeAll = async () => {
        await close()
        await pool.end()
        await server.close()
      }
      return { store, close: closeAll }
    },
  },
]

for (const on of stores) {
  describe(`people of another system, on ${on.name}`, { skip: on.skip }, async () => {
    if (on.skip) return
    const { store, close } = await on.open()
    const { all, stop } = await services(store)
    after(async () => {
      await stop()
      await close()
    })
    const add = (row: Record<string, unknown>, more = {}) => importPerson(row, { ...how, ...more }, all)
    const stored = async (identifier: string) => (await store.begin({ kind: 'identifier', identifier })).rows
    const enter = (identifier: string, needs = all) => signIn({ identifier, password, cookie: false }, needs)

    test('S22, LG-3: the first sign-in makes the hash one of today, in its own transaction; a wrong password does not', async () => {
      assert.deepEqual(await add({ identifier: 'Ada', password: foreign, roles: ['admin'], sub: 'old-42' }), { outcome: 'added' })
      await assert.rejects(signIn({ identifier: 'ada', password: 'wrong horse battery staple', cookie: false }, all), {
        code: 'invalid_credentials',
      })
      assert.equal((await stored('ada'))?.password, foreign)
      const { user } = await enter('ada')
      assert.deepEqual([user.sub, user.roles, user.name], ['old-42', ['admin'], 'Ada'])
      const renewed = (await stored('ada'))?.password ?? ''
      assert.match(renewed, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
      await enter('ada')
      assert.equal((await stored('ada'))?.password, renewed)
    })

    test('S22: eight first sign-ins at once: all are let in, and leave one hash that works', async () => {
      await add({ identifier: 'crowd', password: foreign })
      const all = await Promise.allSettled(Array.from({ length: 8 }, () => enter('crowd')))
      for (const one of all) assert.equal(one.status, 'fulfilled')
      await enter('crowd')
      assert.match((await stored('crowd'))?.password ?? '', /^\$argon2id\$/)
    })

    test('S22, S25, P4: a password that is changed while the old one is made new stays changed', async () => {
      await add({ identifier: 'race', password: foreign })
      const sub = (await stored('race'))?.sub ?? ''
      let isChanged = false
      const update: Store['update'] = async (load, decide) => {
        if (load.kind === 'user' && !isChanged) {
          isChanged = true
          await setPassword({ sub, next: 'another horse battery staple', wait: 0 }, all)
        }
        return store.update(load, decide)
      }
      const racing = { ...all, store: { ...store, update } }
      await assert.rejects(enter('race', racing), { code: 'invalid_credentials' })
      assert.equal(await all.passwords.check('another horse battery staple', (await stored('race'))?.password), true)
      await assert.rejects(enter('race'), { code: 'invalid_credentials' })
    })

    test('again does no harm: who is there stays as they are, and what differs is told; not once the hash was made new', async () => {
      const row = {
        identifier: 'twice',
        password: foreign,
        name: 'Twice',
        roles: ['a', 'b'],
        mail: 'twice@example.com',
        mail_verified: true,
      }
      assert.deepEqual(await add(row), { outcome: 'added' })
      const before = await stored('twice')
      assert.deepEqual(await add({ ...row, roles: ['b', 'a'] }), { outcome: 'unchanged' })
      const other = await add({ ...row, name: 'Other', roles: ['a'], password: foreign.replace('i=1000', 'i=1001'), disabled: true })
      assert.deepEqual(other, { outcome: 'different', why: 'is there already, with another name, roles, disabled, password; not changed' })
      assert.deepEqual(await stored('twice'), before)
      await enter('twice')
      assert.deepEqual(await add(row), { outcome: 'unchanged' })
      assert.notEqual((await stored('twice'))?.password, foreign)
    })

    test('TK-8: whole or not at all: each thing that is not right is told without the hash, and nothing is stored', async () => {
      await add({ identifier: 'taken', sub: 'taken-sub', mail: 'taken@example.com', mail_verified: true })
      const table: readonly (readonly [Record<string, unknown>, RegExp])[] = [
        [{}, /identifier must have/],
        [{ identifier: 'x\u0000y' }, /identifier must have/],
        [{ identifier: 7 }, /identifier is not a text/],
        [{ identifier: 'new', password: '5f4dcc3b5aa765d61d8327deb882cf99' }, /hash is not taken: its form is not known/],
        [{ identifier: 'new', password: `$2b$31$${'a'.repeat(53)}` }, /costs are so high/],
        [{ identifier: 'new', password: foreign, roles: 'admin' }, /roles is no list/],
        [{ identifier: 'new', roles: ['a\nb'] }, /roles is no list/],
        [{ identifier: 'new', scopes: ['two words'] }, /scopes is no list/],
        [{ identifier: 'new', mail: 'nonsense' }, /mail is not a mail address/],
        [{ identifier: 'new', mail_verified: true }, /there is no mail/],
        [{ identifier: 'new', mail: 'taken@example.com', mail_verified: true }, /verified for another user/],
        [{ identifier: 'new', sub: 'taken-sub' }, /sub is that of another user/],
        [{ identifier: 'new', sub: 'web' }, /a client has this sub/],
        [{ identifier: 'new', sub: 'with space' }, /sub must have/],
        [{ identifier: 'new', disabled: 'yes' }, /neither true nor false/],
        [{ identifier: 'new', __proto__x: 1 }, /unknown field/],
        [{ identifier: 'new', name: 'x'.repeat(201) }, /name is too long/],
      ]
      for (const [row, why] of table) {
        const done = await add(row)
        assert.equal(done.outcome, 'rejected', JSON.stringify(row))
        assert.match('why' in done ? done.why : '', why)
        assert.ok(typeof row.password !== 'string' || !JSON.stringify(done).includes(row.password))
      }
      assert.equal(await stored('new'), undefined)
      // What is only claimed may be claimed twice.
      assert.deepEqual(await add({ identifier: 'new', mail: 'taken@example.com' }), { outcome: 'added' })
    })

    test('a dry run looks at everything and stores nothing', async () => {
      assert.deepEqual(await add({ identifier: 'dry', password: foreign }, { dryRun: true }), { outcome: 'added' })
      assert.equal(await stored('dry'), undefined)
      assert.equal((await add({ identifier: 'twice', name: 'Other' }, { dryRun: true })).outcome, 'different')
    })

    test('two files at once with one sub: one has it, and the other is told', async () => {
      const both = await Promise.all(['one', 'two'].map((identifier) => add({ identifier, sub: 'one-sub' })))
      assert.deepEqual(both.map(({ outcome }) => outcome).sort(), ['added', 'rejected'])
    })
  })
}
