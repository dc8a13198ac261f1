import assert from 'node:assert/strict'
import type { SealedKey } from '../../store/store.ts'
import type { Case } from './case.ts'
import { addClient, addService, addUser, atOnce, newHash, newId, now, put, signIn } from './fixtures.ts'

/** Users, clients, services, keys. */
export const identityCases: readonly Case[] = [
  {
    name: 'a user comes back as they were added, by each name',
    async run({ store }) {
      const rights = { name: 'Ada', roles: ['admin', 'ops'], scopes: ['orders'], claims: { tier: 2, tags: ['a'] } }
      const user = await addUser(store, { identifier: 'ada@example', ...rights })
      const whole = { ...user, deleted: false, cut: 0, stale: 0 }
      const held = await store.update({ kind: 'identifier', identifier: 'ada@example' }, (row) => ({ outcome: 'looked', row }))
      assert.deepEqual(held.row, { user: whole, issuer: { cut: 0, stale: 0 } })
      assert.deepEqual((await store.begin({ kind: 'identifier', identifier: 'ada@example' })).rows, whole)
      assert.deepEqual((await store.begin({ kind: 'user', sub: user.sub })).rows, whole)
      assert.deepEqual(await store.lists.user('ada@example'), whole)
      assert.deepEqual(await store.lists.user(user.sub), whole)
      assert.equal((await store.begin({ kind: 'user', sub: 'nobody' })).rows, undefined)
      assert.equal(await store.lists.user('nobody'), undefined)
    },
  },
  {
    name: 'fifty sign-ups with one name at once: one has it, the others learn that it is taken',
    async run({ store }) {
      const verdicts = await atOnce(() =>
        store.update({ kind: 'identifier', identifier: 'ada' }, (held, at) =>
          held.user
            ? { outcome: 'taken' }
            : {
                outcome: 'added',
                effects: [{ do: 'addUser', user: { sub: newId(), usr: newId(), identifier: 'ada', disabled: false, createdAt: at.now } }],
              },
        ),
      )
      assert.equal(verdicts.filter(({ outcome }) => outcome === 'added').length, 1)
      assert.equal((await store.lists.users('', 100)).length, 1)
    },
  },
  {
    name: 'a change of a user changes what it names, and nothing else',
    async run({ store }) {
      const user = await addUser(store, { name: 'Ada', roles: ['a'], claims: { x: 1 } })
      await put(store, { do: 'changeUser', sub: user.sub, to: { disabled: true, roles: [] } })
      const expected = { ...user, deleted: false, cut: 0, stale: 0, disabled: true, roles: [] as string[] }
      assert.deepEqual((await store.begin({ kind: 'user', sub: user.sub })).rows, expected)
      await put(store, { do: 'changeUser', sub: user.sub, to: { disabled: false, password: 'another', name: 'A' } })
      const after = { ...expected, disabled: false, password: 'another', name: 'A' }
      assert.deepEqual((await store.begin({ kind: 'user', sub: user.sub })).rows, after)
      await assert.rejects(put(store, { do: 'changeUser', sub: 'nobody', to: { name: 'B' } }))
    },
  },
  {
    name: 'P2: a removed user keeps usr and cut, and nothing that tells who it was; the name is free again',
    async run({ store }) {
      const { user, client, session } = await signIn(store, { session: { device: 'phone', address: '192.0.2.1', cookie: newHash() } })
      const consent = { clientId: client.id, scope: 'orders', audience: 'https://api.example', redirectHost: 'app.example', at: 1 }
      await put(store, { do: 'consent', sub: user.sub, ...consent })
      const { sub, usr } = user
      await put(store, { do: 'cut', what: { user: sub, usr }, why: 'deleted' }, { do: 'removeUser', sub })
      const kept = { sub, usr, createdAt: user.createdAt, disabled: false, deleted: true, cut: 1, stale: 0 }
      assert.deepEqual((await store.begin({ kind: 'user', sub })).rows, kept)
      const left = await store.lists.session(session.sid)
      assert.deepEqual([left?.device, left?.address], [undefined, undefined])
      const { rows } = await store.begin({ kind: 'authorization', clientId: client.id, cookie: session.cookie ?? '' })
      assert.deepEqual(rows.consents, [])
      assert.deepEqual(await store.lists.users('', 10), [])
      await addUser(store, { identifier: user.identifier ?? '' })
      await assert.rejects(put(store, { do: 'removeUser', sub }))
    },
  },
  {
    name: 'users are listed page by page',
    async run({ store }) {
      for (const sub of ['c', 'a', 'b']) await addUser(store, { sub })
      const first = await store.lists.users('', 2)
      const second = await store.lists.users(first.at(-1)?.sub ?? '', 2)
      assert.deepEqual(
        [...first, ...second].map(({ sub }) => sub),
        ['a', 'b', 'c'],
      )
    },
  },
  {
    name: 'P4: a client that is registered again keeps its cut and stale',
    async run({ store }) {
      const client = await addClient(store, { secret: newHash(), audience: 'https://api.example', maxSessions: 3, audiences: ['x'] })
      await put(store, { do: 'cut', what: { client: client.id }, why: 'admin' }, { do: 'stale', what: { client: client.id } })
      const again = await addClient(store, { id: client.id, name: 'Another name' })
      const held = await store.update({ kind: 'client', id: client.id }, (row) => ({ outcome: 'looked', row }))
      assert.deepEqual(held.row.client, { ...again, cut: 1, stale: 2 })
      assert.deepEqual((await store.begin({ kind: 'client', id: client.id })).rows.client, held.row.client)
      assert.deepEqual(await store.lists.clients(), [held.row.client])
      assert.equal((await store.begin({ kind: 'client', id: 'none' })).rows.client, undefined)
    },
  },
  {
    name: 'a service comes with those that share its audience',
    async run({ store }) {
      const orders = await addService(store, { id: 'orders' })
      const stock = await addService(store, { id: 'stock', checks: 'none', public: false, refused: true })
      await addService(store, { id: 'other', audience: 'https://other.example' })
      const held = await store.update({ kind: 'service', id: 'orders' }, (row) => ({ outcome: 'looked', row }))
      assert.deepEqual(held.row, { service: orders, sharing: [stock] })
      await put(store, { do: 'putService', service: { ...orders, maxRows: 1 } }, { do: 'removeService', id: 'stock' })
      assert.deepEqual(
        (await store.lists.services()).map(({ id, maxRows }) => [id, maxRows]),
        [
          ['orders', 1],
          ['other', 200],
        ],
      )
      const none = await store.update({ kind: 'service', id: 'stock' }, (row) => ({ outcome: 'looked', row }))
      assert.deepEqual(none.row, { service: undefined, sharing: [] })
    },
  },
  {
    name: 'M3: a key is added once; ending it is told to the ledger for a year',
    async run({ store }) {
      const key: SealedKey = {
        ...{ id: 'k1', use: 'sign', algorithm: 'ES256', publicJwk: { kty: 'EC' }, createdAt: 5, sealed: Uint8Array.of(1, 2, 3) },
      }
      assert.deepEqual(await store.keys.add(key), key)
      assert.deepEqual(await store.keys.add({ ...key, sealed: Uint8Array.of(9) }), key)
      assert.deepEqual(await store.keys.all(), [key])
      const at = await now(store)
      const { entries, committedAt } = await put(store, { do: 'end', what: { key: 'k1' }, why: 'restored' })
      assert.deepEqual((await store.keys.all())[0]?.endedAt, committedAt)
      assert.deepEqual(entries, [{ seq: 1, ended: { kid: 'k1' }, until: Math.ceil((committedAt + 365 * 24 * 3_600_000) / 1000) }])
      assert.ok(committedAt >= at.now)
      await assert.rejects(put(store, { do: 'end', what: { key: 'k1' }, why: 'restored' }))
    },
  },
]
