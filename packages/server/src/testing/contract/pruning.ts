import assert from 'node:assert/strict'
import type { Store } from '../../store/store.ts'
import type { Case } from './case.ts'
import { endSession, hour, minute, newCode, newHash, newId, now, put, signIn } from './fixtures.ts'

/** Moves the horizon as often as it takes to reach the clock (E1), which may go on meanwhile. */
async function catchUp(store: Store): Promise<void> {
  const at = await now(store)
  for (;;) {
    const { horizon } = await store.ledger.rows()
    if (horizon >= at.now) return
    await store.ledger.advanceHorizon(horizon)
  }
}

async function pruneAll(store: Store, limit = 100): Promise<number> {
  let removed = 0
  for (;;) {
    const bite = await store.prune(limit)
    assert.ok(bite.removed <= 2 * limit)
    removed += bite.removed
    if (!bite.more) return removed
  }
}

/** Housekeeping: what no token can rest on goes, and nothing else. */
export const pruneCases: readonly Case[] = [
  {
    name: 'S3: an ended session and its grants stay until none of their tokens can live, by the horizon; then they go',
    needs: ['advance'],
    async run({ store, advance }) {
      await store.ledger.raiseMaxTtl(5 * minute)
      const { session, grant, user, client } = await signIn(store)
      const other = await signIn(store, { user, client })
      await endSession(store, session.sid)
      advance?.(5 * minute)
      await catchUp(store)
      assert.equal(await pruneAll(store), 0)
      advance?.(minute)
      // E3: a verifier with a slow clock goes by the horizon.
      assert.equal(await pruneAll(store), 0)
      await catchUp(store)
      await pruneAll(store)
      assert.deepEqual([await store.lists.session(session.sid), await store.lists.grant(grant.gid)], [undefined, undefined])
      assert.equal((await store.lists.session(other.session.sid))?.sid, other.session.sid)
      assert.equal((await store.lists.grant(other.grant.gid))?.gid, other.grant.gid)
    },
  },
  {
    name: 'S3: what expired goes the same way; an offline grant outlives the row of its session',
    needs: ['advance'],
    async run({ store, advance }) {
      const { user, client, session, grant } = await signIn(store)
      const at = await now(store)
      const long = { idleExpiresAt: at.now + 3 * hour, expiresAt: at.now + 3 * hour }
      const offline = await signIn(store, { user, client, grant: { offline: true, ...long } })
      const code = newCode(session, 0)
      await put(store, { do: 'issueCode', code })
      const jti = newId()
      await put(store, { do: 'end', what: { token: jti, expiresAt: at.now + minute }, why: 'revoked' })
      await store.ledger.saveReceipt({ id: 'r', seq: 1, outcome: 'confirmed', body: {}, until: at.now + minute })
      assert.equal(await pruneAll(store), 0)
      advance?.(2 * hour)
      await catchUp(store)
      assert.ok((await pruneAll(store, 1)) >= 5)
      assert.deepEqual([await store.lists.session(session.sid), await store.lists.grant(grant.gid)], [undefined, undefined])
      assert.equal((await store.begin({ kind: 'code', hash: code.hash })).rows, undefined)
      assert.deepEqual((await store.ledger.read(0, 10)).entries, [])
      const held = await store.update({ kind: 'grant', gid: offline.grant.gid }, (row) => ({ outcome: 'looked', row }))
      assert.deepEqual([held.row?.grant.gid, held.row?.grant.sid, held.row?.session], [offline.grant.gid, offline.session.sid, undefined])
      advance?.(2 * hour)
      await catchUp(store)
      await pruneAll(store)
      assert.equal(await store.lists.grant(offline.grant.gid), undefined)
      assert.equal((await store.lists.user(user.sub))?.sub, user.sub) // users stay
    },
  },
  {
    name: 'P2: a grant that ended is remembered as long as its session lives; else the session would get another one',
    needs: ['advance'],
    async run({ store, advance }) {
      const hash = newHash()
      const { client, grant } = await signIn(store, { session: { cookie: hash } })
      const offline = await signIn(store, { grant: { offline: true } })
      for (const { gid } of [grant, offline.grant]) await put(store, { do: 'end', what: { grant: gid }, why: 'revoked' })
      advance?.(30 * minute)
      await catchUp(store)
      await pruneAll(store)
      const held = await store.update({ kind: 'browser', cookie: hash, clientId: client.id, audience: 'https://api.example' }, (row) => ({
        outcome: 'looked',
        row,
      }))
      assert.deepEqual([held.row?.grant?.gid, held.row?.grant?.endedWhy], [grant.gid, 'revoked'])
      assert.equal(await store.lists.grant(offline.grant.gid), undefined) // a device of its own: nothing rests on it any more
      advance?.(2 * hour)
      await catchUp(store)
      await pruneAll(store)
      assert.equal(await store.lists.grant(grant.gid), undefined)
    },
  },
]
