import assert from 'node:assert/strict'
import type { Effect } from '../../domain/effect.ts'
import type { At } from '../../domain/position.ts'
import { isCut } from '../../domain/position.ts'
import type { Held, Store } from '../../store/store.ts'
import type { Case } from './case.ts'
import {
  addClient,
  addUser,
  atOnce,
  crowd,
  endSession,
  newCode,
  newGrant,
  newId,
  newSession,
  put,
  type SignedInUser,
  signIn,
} from './fixtures.ts'

// Small decisions, each with only the rule that is raced for.

function redeem(held: Held['code'], at: At) {
  if (!held) return { outcome: 'unknown' }
  const { code, grant, session } = held
  if (code.gid !== undefined) {
    const effects: Effect[] = grant?.endedSeq === undefined ? [{ do: 'end', what: { grant: code.gid }, why: 'code_reuse' }] : []
    return { outcome: 'reused', effects }
  }
  const born = newGrant({ ...session!, createdAt: at.now })
  const effects: Effect[] = [
    { do: 'openGrant', grant: born, position: code.pos as never },
    { do: 'redeem', hash: code.hash, gid: born.gid },
  ]
  return { outcome: 'redeemed', effects }
}

function rotate(held: Held['grant'], presented: number, at: At) {
  if (!held) return { outcome: 'unknown' }
  const { gid, generation, idleExpiresAt } = held.grant
  if (generation !== presented) return { outcome: 'repeated', generation }
  const effects: Effect[] = [{ do: 'rotate', gid, generation: generation + 1, at: at.now, idleExpiresAt }]
  return { outcome: 'rotated', generation: generation + 1, effects }
}

function signInWithin(limit: number, held: Held['user'], at: At) {
  const live = [...held.sessions].sort((a, b) => a.createdAt - b.createdAt)
  const ends = live
    .slice(0, Math.max(0, live.length + 1 - limit))
    .map(({ sid }): Effect => ({ do: 'end', what: { session: sid }, why: 'device_limit' }))
  const session = newSession(held.user!, held.client!.id, at.now)
  return { outcome: 'signed_in', effects: [...ends, { do: 'openSession', session, position: at.head as never } as Effect] }
}

/** Ends everything, and signs the device in again that asks, if it lives: what a password change does (P4). */
function changePassword(held: Held['user'], sid: string, at: At) {
  const { user } = held
  const present = held.sessions.find((session) => session.sid === sid)
  if (!user || !present || isCut(present.pos, { user: user.cut, issuer: held.issuer.cut })) return { outcome: 'not_signed_in' }
  const effects: Effect[] = [
    { do: 'changeUser', sub: user.sub, to: { password: 'the new one' } },
    { do: 'cut', what: { user: user.sub, usr: user.usr }, why: 'password_changed' },
    { do: 'openSession', session: newSession(user, present.clientId, at.now), position: 'thisCut' },
  ]
  return { outcome: 'changed', effects }
}

const count = <T extends { outcome: string }>(verdicts: readonly T[], outcome: string) =>
  verdicts.filter((verdict) => verdict.outcome === outcome).length

/** What must hold when fifty do it at once. */
export const raceCases: readonly Case[] = [
  {
    name: 'AZ-15: fifty redemptions of one code at once: one grant; the second use ends it',
    async run({ store }) {
      const { session } = await signIn(store)
      const code = newCode(session, 0)
      await put(store, { do: 'issueCode', code })
      const verdicts = await atOnce(() => store.update({ kind: 'code', hash: code.hash }, redeem))
      assert.deepEqual([count(verdicts, 'redeemed'), count(verdicts, 'reused')], [1, crowd - 1])
      const held = await store.update({ kind: 'code', hash: code.hash }, (row) => ({ outcome: 'looked', row }))
      assert.equal(held.row?.grant?.endedSeq, 1)
      assert.equal((await store.ledger.read(0, 10)).head, 1)
    },
  },
  {
    name: 'RF-3: fifty refreshes with one token at once: one generation, the same for all',
    async run({ store }) {
      const { grant } = await signIn(store)
      const verdicts = await atOnce(() => store.update({ kind: 'grant', gid: grant.gid }, (held, at) => rotate(held, 0, at)))
      assert.deepEqual([count(verdicts, 'rotated'), count(verdicts, 'repeated')], [1, crowd - 1])
      assert.equal((await store.lists.grant(grant.gid))?.generation, 1)
    },
  },
  {
    name: 'SS-6: fifty sign-ins at once with three devices allowed: three live, forty-seven ended',
    async run({ store }) {
      const user = await addUser(store)
      const client = await addClient(store)
      await atOnce(() => store.update({ kind: 'user', sub: user.sub, clientId: client.id }, (held, at) => signInWithin(3, held, at)))
      assert.equal((await store.lists.sessions(user.sub)).length, 3)
      assert.equal((await store.ledger.read(0, 100)).head, crowd - 3)
    },
  },
  {
    name: 'S3: fifty endings of one session at once: one entry, and the others learn its number',
    async run({ store }) {
      const { session } = await signIn(store)
      const verdicts = await atOnce(() => endSession(store, session.sid))
      assert.deepEqual([count(verdicts, 'ended'), count(verdicts, 'already')], [1, crowd - 1])
      assert.equal((await store.ledger.read(0, 10)).head, 1)
    },
  },
  {
    name: 'P1, P2: a password change commits while a sign-in with the old one is under way: the sign-in is refused',
    async run({ store }) {
      const { user, client } = await signIn(store)
      const started = await store.begin({ kind: 'identifier', identifier: user.identifier ?? '' }) // before the password is checked
      assert.equal(started.rows?.password, 'a hash')
      const { sub, usr } = user
      await put(
        store,
        { do: 'changeUser', sub, to: { password: 'another' } },
        { do: 'cut', what: { user: sub, usr }, why: 'password_changed' },
      )
      const verdict = await store.update({ kind: 'user', sub, clientId: client.id }, (held, at) => {
        const cuts = { user: held.user?.cut ?? 0, client: held.client?.cut ?? 0, issuer: held.issuer.cut }
        if (isCut(started.position, cuts)) return { outcome: 'cut' }
        return {
          outcome: 'signed_in',
          effects: [{ do: 'openSession', session: newSession(user, client.id, at.now), position: started.position }],
        }
      })
      assert.equal(verdict.outcome, 'cut')
      // One that begins after the cut is not hit.
      const later = await signIn(store, { user, client })
      assert.deepEqual(
        (await store.lists.sessions(sub)).map(({ sid }) => sid),
        [later.session.sid],
      )
    },
  },
  {
    name: 'P1: a birth keeps the position that it began with, however far the ledger went meanwhile',
    async run({ store }) {
      const { user, client } = await signIn(store)
      const { position, at } = await store.begin({ kind: 'head' })
      await put(store, { do: 'stale', what: 'everything' })
      const session = newSession(user, client.id, at.now)
      await put(store, { do: 'openSession', session, position })
      assert.equal((await store.lists.session(session.sid))?.pos, 0)
    },
  },
  {
    name: 'P4: an administrator ends all of a user while fifty password changes are under way: nothing is revived',
    async run({ store }) {
      const signedIn = await signIn(store)
      const { user, session } = signedIn
      const change = () => store.update({ kind: 'user', sub: user.sub }, (held, at) => changePassword(held, session.sid, at))
      const ended = cutAll(store, signedIn)
      const verdicts = await atOnce(change)
      await ended
      // One may be done before the administrator's cut, which then ends what it opened.
      assert.ok(count(verdicts, 'changed') <= 1)
      assert.deepEqual(await store.lists.sessions(user.sub), [])
    },
  },
  {
    name: 'P4: fifty password changes from one device at once: one happens, and its new session alone lives',
    async run({ store }) {
      const { user, session } = await signIn(store)
      const verdicts = await atOnce(() =>
        store.update({ kind: 'user', sub: user.sub }, (held, at) => changePassword(held, session.sid, at)),
      )
      assert.equal(count(verdicts, 'changed'), 1)
      assert.equal((await store.lists.sessions(user.sub)).length, 1)
    },
  },
  {
    name: 'L2, L3: numbers have no holes, go up in the order of the commits, and are read only when all before them can be',
    async run({ store }) {
      const { user, client } = await signIn(store)
      const sessions = await Promise.all(Array.from({ length: crowd }, () => signIn(store, { user, client })))
      const committed: number[] = []
      const seen: number[] = []
      const watch = async () => {
        const { entries } = await store.ledger.read(seen.length, 1000)
        for (const { seq } of entries) if (seq > seen.length) seen.push(seq)
      }
      const stop = store.ledger.onChange(() => void watch())
      await atOnce(async (index) => {
        const { entries } = await endSession(store, sessions[index]!.session.sid)
        committed.push(...entries.map(({ seq }) => seq))
        // In between: one that is refused, and takes its number back.
        if (index % 5 === 0)
          await assert.rejects(put(store, { do: 'stale', what: 'everything' }, { do: 'cut', what: { client: 'none' }, why: 'admin' }))
      })
      stop()
      await watch()
      const all = Array.from({ length: crowd }, (_, index) => index + 1)
      assert.deepEqual(committed, all)
      assert.deepEqual(seen, all)
    },
  },
  {
    name: 'a decision that throws, or whose effects fail, takes nobody with it, and leaves nothing behind',
    async run({ store }) {
      const { user } = await signIn(store)
      const outcomes = await Promise.allSettled(
        Array.from({ length: crowd }, (_, index) =>
          store.update({ kind: 'user', sub: user.sub }, (held, at) => {
            if (index % 5 === 1) throw new Error('no')
            const added: Effect = { do: 'addUser', user: { sub: `user-${index}`, usr: newId(), disabled: false, createdAt: at.now } }
            const bad: Effect = { do: 'end', what: { session: newId() }, why: 'admin' }
            return {
              outcome: `added after ${held.sessions.length}`,
              effects: index % 5 === 2 ? [added, { do: 'stale', what: 'everything' }, bad] : [added],
            }
          }),
        ),
      )
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        outcomes.map((_, index) => (index % 5 === 1 || index % 5 === 2 ? 'rejected' : 'fulfilled')),
      )
      const listed = await store.lists.users('user-', 100)
      const added = listed.flatMap(({ sub }) => (sub.startsWith('user-') ? Number(sub.slice(5)) : []))
      assert.deepEqual(
        added.sort((a, b) => a - b),
        Array.from({ length: crowd }, (_, index) => index).filter((index) => index % 5 !== 1 && index % 5 !== 2),
      )
      assert.equal((await store.ledger.read(0, 10)).head, 0)
    },
  },
]

function cutAll(store: Store, { user }: SignedInUser) {
  return put(store, { do: 'cut', what: { user: user.sub, usr: user.usr }, why: 'admin' })
}
