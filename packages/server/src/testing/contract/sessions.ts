import assert from 'node:assert/strict'
import { later } from '../../domain/instant.ts'
import type { Position } from '../../domain/position.ts'
import type { Case } from './case.ts'
import { addClient, addUser, hour, minute, newCode, newGrant, newHash, newId, newSession, now, put, signIn } from './fixtures.ts'

/** Sessions, grants, codes: what is born, used, and read back. */
export const sessionCases: readonly Case[] = [
  {
    name: 'P1: a session and its grant come back as they were opened, by each load and each query',
    async run({ store }) {
      await put(store, { do: 'stale', what: 'everything' }) // so that the position is not 0
      const given = { cookie: newHash(), device: 'phone', address: '192.0.2.1', amr: ['pwd', 'otp'] }
      const { user, client, ...born } = await signIn(store, { session: given, grant: { device: 'phone', generation: 0 } })
      const session = { ...born.session, pos: 1 }
      const grant = { ...born.grant, pos: 1 }
      const whole = { ...user, deleted: false, cut: 0, stale: 0 }
      const registered = { ...client, cut: 0, stale: 0 }
      const issuer = { cut: 0, stale: 1 }
      const look = <T>(row: T) => ({ outcome: 'looked', row })

      const byUser = await store.update({ kind: 'user', sub: user.sub, clientId: client.id }, look)
      assert.deepEqual(byUser.row, { user: whole, sessions: [session], offline: [], client: registered, issuer })
      const bySid = await store.update({ kind: 'session', sid: session.sid }, look)
      assert.deepEqual(bySid.row, { session, user: whole, offline: [], client: registered, issuer })
      const byCookie = await store.update({ kind: 'browser', cookie: given.cookie, clientId: client.id, audience: grant.audience }, look)
      assert.deepEqual(byCookie.row, { session, grant, user: whole, client: registered, issuer })
      const elsewhere = { kind: 'browser', cookie: given.cookie, clientId: client.id, audience: 'https://other.example' } as const
      assert.equal((await store.update(elsewhere, look)).row?.grant, undefined) // a grant for another audience is not the browser's
      const byGid = await store.update({ kind: 'grant', gid: grant.gid }, look)
      assert.deepEqual(byGid.row, { grant, session, user: whole, client: registered, issuer })
      assert.deepEqual((await store.begin({ kind: 'grant', gid: grant.gid })).rows, byGid.row)
      assert.deepEqual((await store.begin({ kind: 'browser', cookie: given.cookie })).rows, { session, user: whole, issuer })

      const query = { kind: 'token', jti: newId(), sid: session.sid, gid: grant.gid, usr: user.usr, clientId: client.id } as const
      const { rows } = await store.begin(query)
      const { horizon, ...ofToken } = rows
      assert.deepEqual(ofToken, { session, grant, user: whole, client: registered, issuer, endedSeq: undefined })
      assert.ok(horizon > 0)
      const { rows: bare } = await store.begin({ kind: 'token', jti: newId(), clientId: client.id })
      assert.deepEqual([bare.session, bare.grant, bare.user], [undefined, undefined, undefined])
      assert.deepEqual(await store.lists.session(session.sid), session)
      assert.deepEqual(await store.lists.grant(grant.gid), grant)
    },
  },
  {
    name: 'what is not there, or is no id at all, is found nowhere',
    async run({ store }) {
      const { session } = await signIn(store)
      const look = <T>(row: T) => ({ outcome: 'looked', row })
      // The last character has four bits to spare: another spelling of the same bytes is another name.
      const spelling = session.sid.slice(0, 21) + String.fromCharCode(session.sid.charCodeAt(21) + 1)
      for (const sid of [newId(), '', 'x', spelling, `${session.sid}=`, "' OR 1=1 --"]) {
        assert.equal((await store.update({ kind: 'session', sid }, look)).row, undefined, sid)
        assert.equal(await store.lists.session(sid), undefined, sid)
      }
      for (const hash of [newHash(), '', 'x']) {
        assert.equal((await store.update({ kind: 'browser', cookie: hash, clientId: 'x', audience: 'x' }, look)).row, undefined)
        assert.equal((await store.update({ kind: 'code', hash }, look)).row, undefined)
        assert.equal((await store.begin({ kind: 'browser', cookie: hash })).rows, undefined)
        assert.equal((await store.begin({ kind: 'code', hash })).rows, undefined)
      }
      assert.equal((await store.update({ kind: 'grant', gid: newId() }, look)).row, undefined)
      assert.equal((await store.update({ kind: 'user', sub: 'nobody' }, look)).row.user, undefined)
    },
  },
  {
    name: 'a session that was signed in again has a new cookie and the same sid; touching slides it',
    async run({ store }) {
      const { session } = await signIn(store, { session: { cookie: newHash() } })
      const cookie = newHash()
      const { sid } = session
      await put(store, { do: 'reauthenticate', sid, cookie, authTime: 77_000, amr: ['pwd', 'otp'] })
      await put(store, { do: 'touchSession', sid, lastUsedAt: 88_000, idleExpiresAt: 99_000 })
      assert.equal((await store.begin({ kind: 'browser', cookie: session.cookie ?? '' })).rows, undefined)
      const { rows } = await store.begin({ kind: 'browser', cookie })
      const expected = { cookie, authTime: 77_000, amr: ['pwd', 'otp'], lastUsedAt: 88_000, idleExpiresAt: 99_000 }
      assert.deepEqual(rows?.session, { ...session, ...expected, pos: 0 })
      await assert.rejects(put(store, { do: 'touchSession', sid: newId(), lastUsedAt: 1, idleExpiresAt: 1 }))
    },
  },
  {
    name: 'RF-2: a rotation is stored with its generation and time',
    async run({ store }) {
      const { grant } = await signIn(store)
      await put(store, { do: 'rotate', gid: grant.gid, generation: 1, at: 5_000, idleExpiresAt: 6_000 })
      const expected = { ...grant, pos: 0, generation: 1, rotatedAt: 5_000, lastUsedAt: 5_000, idleExpiresAt: 6_000 }
      assert.deepEqual(await store.lists.grant(grant.gid), expected)
      await assert.rejects(put(store, { do: 'rotate', gid: newId(), generation: 1, at: 1, idleExpiresAt: 1 }))
    },
  },
  {
    name: "AZ-14: a code comes back with its session, user and client; once redeemed it has its grant, and can't be redeemed again",
    async run({ store }) {
      const { user, client, session, grant } = await signIn(store)
      const code = newCode(session, 0, { nonce: 'n' })
      await put(store, { do: 'issueCode', code })
      const { rows } = await store.begin({ kind: 'code', hash: code.hash })
      assert.deepEqual([rows?.code, rows?.session?.sid, rows?.user.sub, rows?.client.id], [code, session.sid, user.sub, client.id])
      const second = newGrant(session)
      await put(store, { do: 'openGrant', grant: second, position: (await store.begin({ kind: 'head' })).position })
      await put(store, { do: 'redeem', hash: code.hash, gid: second.gid })
      const held = await store.update({ kind: 'code', hash: code.hash }, (row) => ({ outcome: 'looked', row }))
      assert.deepEqual([held.row?.code, held.row?.grant?.gid], [{ ...code, gid: second.gid }, second.gid])
      await assert.rejects(put(store, { do: 'redeem', hash: code.hash, gid: grant.gid }))
    },
  },
  {
    name: "SS-6: a code comes with its user's live offline grants of its client, and with nobody else's; one may end as it is redeemed",
    async run({ store }) {
      const offline = { grant: { offline: true } }
      const { user, client, session, grant } = await signIn(store, offline)
      const second = (await signIn(store, { user, client, ...offline })).grant
      const over = (await signIn(store, { user, client, ...offline })).grant
      await put(store, { do: 'end', what: { grant: over.gid }, why: 'revoked' })
      await signIn(store, { user, client })
      await signIn(store, { user, ...offline })
      await signIn(store, { client, ...offline })
      const code = newCode(session, 0)
      await put(store, { do: 'issueCode', code })
      const verdict = await store.update({ kind: 'code', hash: code.hash }, (held) => {
        const [oldest] = held?.offline ?? []
        const born = newGrant(session, { offline: true })
        return {
          outcome: 'redeemed',
          seen: held?.offline.map(({ gid }) => gid),
          effects: [
            { do: 'redeem', hash: code.hash, gid: born.gid },
            { do: 'openGrant', grant: born, position: 0 as Position },
            { do: 'end', what: { grant: oldest?.gid ?? '' }, why: 'device_limit' },
          ],
        }
      })
      assert.deepEqual(verdict.seen, [grant.gid, second.gid])
      assert.deepEqual(
        verdict.entries.map((entry) => 'ended' in entry && entry.ended),
        [{ gid: grant.gid }],
      )
      assert.equal((await store.lists.grant(grant.gid))?.endedWhy, 'device_limit')
    },
  },
  {
    name: 'what was consented is kept by client, audience and redirect host; the newer replaces the older',
    async run({ store }) {
      const { user, client, session } = await signIn(store, { session: { cookie: newHash() } })
      const other = await addClient(store)
      const one = { clientId: client.id, scope: 'a', audience: 'https://api.example', redirectHost: 'app.example', at: 1 }
      for (const given of [
        one,
        { ...one, scope: 'a b', at: 2 },
        { ...one, redirectHost: 'else.example', at: 3 },
        { ...one, clientId: other.id },
      ])
        await put(store, { do: 'consent', sub: user.sub, ...given })
      const cookie = session.cookie ?? ''
      const { rows } = await store.begin({ kind: 'authorization', clientId: client.id, cookie })
      assert.deepEqual(rows.consents, [
        { ...one, scope: 'a b', at: 2 },
        { ...one, redirectHost: 'else.example', at: 3 },
      ])
      assert.deepEqual([rows.client?.id, rows.browser?.session.sid, rows.browser?.user.sub], [client.id, session.sid, user.sub])
      const { rows: nobody } = await store.begin({ kind: 'authorization', clientId: client.id })
      assert.deepEqual([nobody.client?.id, nobody.browser, nobody.consents], [client.id, undefined, []])
    },
  },
  {
    name: 'P2: lists show what lives: not ended, not cut, not expired; newest first',
    async run({ store }) {
      const user = await addUser(store)
      const client = await addClient(store)
      const first = await signIn(store, { user, client })
      const second = await signIn(store, { user, client })
      const at = await now(store)
      await signIn(store, { user, client, session: { idleExpiresAt: at.now - 1 } })
      await signIn(store, { user, client, session: { expiresAt: at.now - 1 } })
      const ended = await signIn(store, { user, client })
      const offline = await signIn(store, { user, client, grant: { offline: true, createdAt: at.now + 1 } })
      await put(store, { do: 'end', what: { session: ended.session.sid }, why: 'admin' })
      await put(store, { do: 'end', what: { session: offline.session.sid }, why: 'admin' }) // its grant lives on
      await put(store, { do: 'end', what: { grant: second.grant.gid }, why: 'revoked' }) // its session lives on

      const sids = (sessions: readonly { sid: string }[]) => sessions.map(({ sid }) => sid)
      assert.deepEqual(sids(await store.lists.sessions(user.sub)), [second.session.sid, first.session.sid])
      assert.deepEqual(sids(await store.lists.allSessions(10)), [second.session.sid, first.session.sid])
      assert.deepEqual(sids(await store.lists.allSessions(1)), [second.session.sid])
      const gids = (await store.lists.grants(user.sub)).map(({ gid }) => gid)
      assert.deepEqual(gids, [offline.grant.gid, first.grant.gid])
      const held = await store.update({ kind: 'user', sub: user.sub }, (row) => ({ outcome: 'looked', row }))
      assert.deepEqual(sids(held.row.sessions).sort(), sids([first.session, second.session]).sort())
      assert.deepEqual(
        held.row.offline.map(({ gid }) => gid),
        [offline.grant.gid],
      )
      assert.partialDeepStrictEqual(await store.lists.counts(), { users: 1, sessions: 2, grants: 2 })

      await put(store, { do: 'cut', what: { client: client.id }, why: 'admin' })
      assert.deepEqual([(await store.lists.sessions(user.sub)).length, (await store.lists.grants(user.sub)).length], [2, 0])
      await put(store, { do: 'cut', what: { user: user.sub, usr: user.usr }, why: 'admin' })
      assert.deepEqual([await store.lists.sessions(user.sub), await store.lists.allSessions(10)], [[], []])
      const third = await signIn(store, { user, client })
      assert.deepEqual(sids(await store.lists.sessions(user.sub)), [third.session.sid])
      await put(store, { do: 'cut', what: 'everything', why: 'admin' })
      assert.deepEqual([await store.lists.sessions(user.sub), await store.lists.allSessions(10)], [[], []])
      assert.equal((await store.lists.session(first.session.sid))?.sid, first.session.sid)
    },
  },
  {
    name: 'P1: a birth ahead of the ledger, of nobody, or at a cut that its verdict does not make is refused',
    async run({ store }) {
      const { user, client, position } = await signIn(store)
      const { now: at } = await now(store)
      const session = newSession(user, client.id, at)
      const ahead = (position + 1) as typeof position
      await assert.rejects(put(store, { do: 'openSession', session, position: ahead }))
      await assert.rejects(put(store, { do: 'openSession', session, position: 'thisCut' }))
      await assert.rejects(put(store, { do: 'openSession', session: { ...session, sub: 'nobody' }, position }))
      await assert.rejects(put(store, { do: 'openSession', session: { ...session, usr: newId() }, position }))
      await assert.rejects(put(store, { do: 'openSession', session: { ...session, sid: 'not 16 bytes' }, position }))
      assert.equal((await store.lists.sessions(user.sub)).length, 1)
    },
  },
  {
    name: 'M1: the clock never goes back, and moves on by itself',
    needs: ['advance'],
    async run({ store, advance }) {
      const before = await now(store)
      advance?.(minute)
      const { committedAt } = await put(store)
      assert.ok(committedAt >= later(before.now, 60))
      assert.ok((await now(store)).now >= committedAt && (await now(store)).now < committedAt + hour)
    },
  },
]
