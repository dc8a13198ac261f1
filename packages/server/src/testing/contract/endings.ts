import assert from 'node:assert/strict'
import type { Effect, Verdict } from '../../domain/effect.ts'
import type { Case } from './case.ts'
import { addClient, addUser, endSession, hour, minute, newGrant, newId, newSession, now, put, signIn } from './fixtures.ts'

const until = (committedAt: number, ttl: number) => Math.ceil((committedAt + ttl + minute) / 1000)

/** Endings, cuts, stale marks: the row and the entry, together. */
export const endingCases: readonly Case[] = [
  {
    name: 'L1, M3: an ended session has its number, and its entry outlives its tokens',
    async run({ store }) {
      const { session, grant } = await signIn(store)
      await store.ledger.raiseMaxTtl(5 * minute)
      const { entries, committedAt } = await put(store, { do: 'end', what: { session: session.sid }, why: 'device_limit' })
      assert.deepEqual(entries, [{ seq: 1, ended: { sid: session.sid }, until: until(committedAt, 5 * minute) }])
      const ended = { endedSeq: 1, endedAt: committedAt, endedWhy: 'device_limit' as const }
      assert.deepEqual(await store.lists.session(session.sid), { ...session, pos: 0, ...ended })
      const read = await store.ledger.read(0, 10)
      assert.deepEqual([read.head, read.entries, read.more], [1, entries, false])
      assert.deepEqual(await store.lists.entries(0, 10), entries)
      // Its grants die through it, whatever their number: a load says so.
      const held = await store.update({ kind: 'grant', gid: grant.gid }, (row) => ({ outcome: 'looked', row }))
      assert.deepEqual([held.row?.grant.endedSeq, held.row?.session?.endedSeq], [undefined, 1])
    },
  },
  {
    name: 'L1: an ended grant has its number; its session lives on',
    async run({ store }) {
      const { session, grant } = await signIn(store)
      const { entries, committedAt } = await put(store, { do: 'end', what: { grant: grant.gid }, why: 'replay' })
      assert.deepEqual(entries, [{ seq: 1, ended: { gid: grant.gid }, until: until(committedAt, 0) }])
      assert.partialDeepStrictEqual(await store.lists.grant(grant.gid), { endedSeq: 1, endedAt: committedAt, endedWhy: 'replay' })
      assert.equal((await store.lists.session(session.sid))?.endedSeq, undefined)
    },
  },
  {
    name: 'M3: an ended token is remembered until it expires, and found by its name',
    async run({ store }) {
      const client = await addClient(store)
      const jti = newId()
      const expiresAt = (await now(store)).now + hour
      const { entries } = await put(store, { do: 'end', what: { token: jti, expiresAt }, why: 'revoked' })
      assert.deepEqual(entries, [{ seq: 1, ended: { jti }, until: Math.ceil(expiresAt / 1000) }])
      const held = await store.update({ kind: 'token', jti }, (row) => ({ outcome: 'looked', row }))
      assert.deepEqual(held.row, { endedSeq: 1 })
      assert.equal((await store.begin({ kind: 'token', jti, clientId: client.id })).rows.endedSeq, 1)
      assert.equal((await store.begin({ kind: 'token', jti: newId(), clientId: client.id })).rows.endedSeq, undefined)
      await assert.rejects(put(store, { do: 'end', what: { token: jti, expiresAt }, why: 'revoked' }))
    },
  },
  {
    name: 'M3: whoever ends tokens later remembers them for the longest that was ever allowed',
    async run({ store }) {
      await store.ledger.raiseMaxTtl(hour)
      await store.ledger.raiseMaxTtl(minute)
      const { entries, committedAt } = await put(store, { do: 'cut', what: 'everything', why: 'admin' })
      assert.deepEqual(entries, [{ seq: 1, cut: {}, until: until(committedAt, hour) }])
    },
  },
  {
    name: 'P4, P6: a cut and a stale mark are stored with user, client and issuer, and told by the names of the ledger',
    async run({ store }) {
      const { user, client } = await signIn(store)
      const what = [{ user: user.sub, usr: user.usr }, { client: client.id }, 'everything'] as const
      const named = [{ usr: user.usr }, { client_id: client.id }, {}]
      for (const [index, each] of what.entries()) {
        const cut = await put(store, { do: 'cut', what: each, why: 'admin' })
        assert.deepEqual(cut.entries, [{ seq: 2 * index + 1, cut: named[index], until: until(cut.committedAt, 0) }])
        const stale = await put(store, { do: 'stale', what: each })
        assert.deepEqual(stale.entries, [{ seq: 2 * index + 2, stale: named[index], until: until(stale.committedAt, 0) }])
      }
      const held = await store.update({ kind: 'user', sub: user.sub, clientId: client.id }, (row) => ({ outcome: 'looked', row }))
      const marks = [held.row.user, held.row.client, held.row.issuer].map((row) => [row?.cut, row?.stale])
      assert.deepEqual(marks, [
        [1, 2],
        [3, 4],
        [5, 6],
      ])
      assert.deepEqual((await store.begin({ kind: 'client', id: client.id })).rows.issuer, { cut: 5, stale: 6 })
      assert.deepEqual(
        (await store.ledger.read(0, 10)).entries.map(({ seq }) => seq),
        [1, 2, 3, 4, 5, 6],
      )
    },
  },
  {
    name: 'P2: a user who is met in the verdict that cuts them keeps the cut, also where they sign in at that moment',
    async run({ store }) {
      for (const mark of ['cut', 'stale'] as const) {
        const sub = newId()
        const meet = (usr: string) =>
          store.update({ kind: 'user', sub }, ({ user }): Verdict => {
            const what = { user: sub, usr: user?.usr ?? usr }
            const line: Effect = mark === 'cut' ? { do: 'cut', what, why: 'admin' } : { do: 'stale', what }
            const added: Effect = { do: 'addUser', user: { sub, usr, disabled: false, createdAt: 1 } }
            return { outcome: 'met', effects: user ? [line] : [added, line] }
          })
        const added = store.update({ kind: 'user', sub }, ({ user }): Verdict => {
          const effect: Effect = { do: 'addUser', user: { sub, usr: newId(), disabled: false, createdAt: 1 } }
          return { outcome: user ? 'there' : 'added', effects: user ? [] : [effect] }
        })
        const met = await Promise.all([meet(newId()), meet(newId()), added])
        const highest = Math.max(...met.flatMap(({ entries }) => entries.map(({ seq }) => seq)))
        assert.equal((await store.begin({ kind: 'user', sub })).rows?.[mark], highest)
      }
    },
  },
  {
    name: 'P4: the present device is born again at the number of the cut that ends all others, wherever the list has it',
    async run({ store }) {
      const { user, client } = await signIn(store)
      for (const order of ['before', 'after']) {
        const session = newSession(user, client.id, (await now(store)).now)
        const births: Effect[] = [
          { do: 'openSession', session, position: 'thisCut' },
          { do: 'openGrant', grant: newGrant(session), position: 'thisCut' },
        ]
        const cut: Effect = { do: 'cut', what: { user: user.sub, usr: user.usr }, why: 'password_changed' }
        const { entries } = await put(store, ...(order === 'before' ? [...births, cut] : [cut, ...births]))
        const live = await store.lists.sessions(user.sub)
        assert.deepEqual(
          live.map(({ sid, pos }) => [sid, pos]),
          [[session.sid, entries[0]?.seq]],
        )
        assert.deepEqual(
          (await store.lists.grants(user.sub)).map(({ pos }) => pos),
          [entries[0]?.seq],
        )
      }
    },
  },
  {
    name: 'L1: to end twice is refused whole, within one verdict and after another; the ledger has no trace of it',
    async run({ store }) {
      const { session, user } = await signIn(store)
      const end: Effect = { do: 'end', what: { session: session.sid }, why: 'admin' }
      await assert.rejects(put(store, { do: 'changeUser', sub: user.sub, to: { name: 'B' } }, end, end))
      assert.equal((await store.lists.session(session.sid))?.endedSeq, undefined)
      assert.equal((await store.lists.user(user.sub))?.name, undefined)
      const { entries } = await put(store, end)
      assert.deepEqual(
        entries.map(({ seq }) => seq),
        [1],
      ) // L2: the number that was undone is given out now
      await assert.rejects(put(store, end))
      await assert.rejects(put(store, { do: 'end', what: { session: newId() }, why: 'admin' }))
      await assert.rejects(put(store, { do: 'end', what: { grant: newId() }, why: 'admin' }))
      const stranger = await addUser(store)
      await assert.rejects(put(store, { do: 'cut', what: { user: user.sub, usr: stranger.usr }, why: 'admin' }))
      await assert.rejects(put(store, { do: 'cut', what: { client: 'none' }, why: 'admin' }))
      const read = await store.ledger.read(0, 10)
      assert.deepEqual([read.head, read.entries], [1, entries])
    },
  },
  {
    name: 'P5: head and clock of a decision and of a beginning are those of the ledger',
    async run({ store }) {
      const { session } = await signIn(store)
      assert.equal((await now(store)).head, 0)
      await endSession(store, session.sid)
      const { at, position } = await store.begin({ kind: 'head' })
      assert.deepEqual([at.head, position], [1, 1])
      const decided = await store.update({ kind: 'issuer' }, (_held, at) => ({ outcome: 'looked', at }))
      assert.equal(decided.at.head, 1)
      assert.equal(decided.committedAt, decided.at.now)
      assert.ok(decided.at.now >= at.now)
    },
  },
]
