import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Effect } from '../../../src/domain/effect.ts'
import type { BatchParts } from '../../../src/store/postgres/batch.ts'
import type { Store } from '../../../src/store/store.ts'
import {
  addClient,
  endSession,
  hour,
  newCode,
  newGrant,
  newSession,
  type SignedInUser,
  signIn,
} from '../../../src/testing/contract/fixtures.ts'
import { rewriting } from './broken-sql.ts'
import { type OpenPostgres, opener } from './open-for-test.ts'
import { type PostgresServer, skip, startPostgres } from './server.ts'

const full = process.env.CURFEW_FULL === '1'
type Ran = Parameters<NonNullable<BatchParts['ran']>>[0]

/** Everything that locks rows, by two nodes, on few people: refreshes that touch their session, sign-ins that end the oldest, password changes,
 * sign-outs, ends of single grants. Returns what became of the batches. */
async function bustle(opened: OpenPostgres, nodes: readonly Store[], ran: Ran[], batches: number): Promise<void> {
  const client = await addClient(opened.store, { maxSessions: 3 })
  const people = await Promise.all(Array.from({ length: 20 }, () => signIn(opened.store, { client })))
  const [far, near] = [hour * 100, hour]
  const grants = new Map<SignedInUser, { gid: string; sid: string }[]>()
  for (const one of people) {
    const more = [true, false, true].map((offline) =>
      newGrant(one.session, { offline, idleExpiresAt: Date.now() + far, expiresAt: Date.now() + far }),
    )
    await opened.store.update({ kind: 'user', sub: one.user.sub }, () => ({
      outcome: 'opened',
      effects: more.map((grant): Effect => ({ do: 'openGrant', grant, position: one.position })),
    }))
    grants.set(one, [one.grant, ...more])
  }
  let turn = 0
  const next = (): number => {
    turn += 1
    return turn
  }
  const pick = <T>(list: readonly T[]): T => list[(next() * 7919) % list.length]!

  const refresh = async (store: Store): Promise<void> => {
    const { gid } = pick(grants.get(pick(people))!)
    await store.update({ kind: 'grant', gid }, (held, at) => {
      if (!held || held.grant.endedSeq !== undefined) return { outcome: 'ended' }
      const { generation, idleExpiresAt } = held.grant
      const effects: Effect[] = [{ do: 'rotate', gid, generation: generation + 1, at: at.now, idleExpiresAt }]
      if (held.session) effects.push({ do: 'touchSession', sid: held.session.sid, lastUsedAt: at.now, idleExpiresAt: at.now + near })
      return { outcome: 'rotated', effects }
    })
  }
  const signInAgain = async (store: Store): Promise<void> => {
    const { user } = pick(people)
    await store.update({ kind: 'user', sub: user.sub, clientId: client.id }, (held, at) => {
      const over = held.sessions.slice(0, Math.max(0, held.sessions.length - 2))
      const ends = over.map(({ sid }): Effect => ({ do: 'end', what: { session: sid }, why: 'device_limit' }))
      const offline = held.offline.slice(0, Math.max(0, held.offline.length - 3))
      ends.push(...offline.map(({ gid }): Effect => ({ do: 'end', what: { grant: gid }, why: 'admin' })))
      const session = newSession(user, client.id, at.now)
      return { outcome: 'signed_in', effects: [...ends, { do: 'openSession', session, position: at.head as never }] }
    })
  }
  const changePassword = async (store: Store): Promise<void> => {
    const { user } = pick(people)
    await store.update({ kind: 'user', sub: user.sub }, (_held, at) => ({
      outcome: 'changed',
      effects: [
        { do: 'changeUser', sub: user.sub, to: { password: `hash ${next()}` } },
        { do: 'cut', what: { user: user.sub, usr: user.usr }, why: 'password_changed' },
        { do: 'openSession', session: newSession(user, client.id, at.now), position: 'thisCut' },
      ],
    }))
  }
  const signOut = async (store: Store): Promise<void> => {
    const [session] = await store.lists.sessions(pick(people).user.sub)
    if (session) await endSession(store, session.sid)
  }
  const revoke = async (store: Store): Promise<void> => {
    const { gid } = pick(grants.get(pick(people))!)
    await store.update({ kind: 'grant', gid }, (held) =>
      held && held.grant.endedSeq === undefined && next() % 8 === 0
        ? { outcome: 'ended', effects: [{ do: 'end', what: { grant: gid }, why: 'revoked' }] }
        : { outcome: 'left' },
    )
  }
  const redeem = async (store: Store): Promise<void> => {
    const one = pick(people)
    const code = newCode(one.session, one.position)
    const { sid } = one.session
    await store.update({ kind: 'session', sid }, (held, at) => ({
      outcome: 'issued',
      effects: [
        { do: 'touchSession', sid, lastUsedAt: at.now, idleExpiresAt: at.now + near },
        ...(held ? [{ do: 'issueCode', code } as const] : []),
      ],
    }))
    // Twice: the second use ends what the first got.
    const again = async (): Promise<unknown> =>
      store.update({ kind: 'code', hash: code.hash }, (held, at) => {
        if (held?.grant) return { outcome: 'reused', effects: held.grant.endedSeq === undefined ? endOf(held.grant.gid) : [] }
        const grant = newGrant(one.session, { offline: next() % 2 === 0 })
        const effects: Effect[] = [
          { do: 'redeem', hash: code.hash, gid: grant.gid },
          { do: 'openGrant', grant, position: one.position },
          { do: 'touchSession', sid, lastUsedAt: at.now, idleExpiresAt: at.now + near },
        ]
        return { outcome: 'redeemed', effects }
      })
    await Promise.all([again(), again()])
  }
  const endOf = (gid: string): Effect[] => [{ do: 'end', what: { grant: gid }, why: 'code_reuse' }]
  const kinds = [redeem, refresh, signInAgain, refresh, changePassword, signOut, refresh, revoke]
  ran.length = 0
  const work = async (index: number): Promise<void> => {
    while (ran.length < batches) await kinds[next() % kinds.length]!(nodes[index % nodes.length]!)
  }
  await Promise.all(Array.from({ length: 24 }, (_, index) => work(index)))
}

describe('locks', { skip }, () => {
  let server: PostgresServer
  let stores: ReturnType<typeof opener>
  before(async () => {
    server = await startPostgres()
    stores = opener(server.url)
  })
  after(async () => {
    await stores.end()
    await server.close()
  })

  test('no deadlock in a thousand batches of two nodes, all kinds of updates on twenty people; numbers without a hole', async () => {
    const ran: Ran[] = []
    const note = (batch: Ran): void => void ran.push(batch)
    const opened = await stores.open(undefined, { ran: note, lanes: 3 })
    try {
      await bustle(opened, [opened.store, opened.node({ ran: note, lanes: 3 })], ran, full ? 5_000 : 1_000)
      assert.deepEqual(
        ran.filter(({ code }) => code === '40P01'),
        [],
      )
      assert.deepEqual(
        ran.filter(({ outcome }) => outcome === 'failed'),
        [],
      )
      assert.ok(ran.filter(({ outcome }) => outcome === 'committed').length >= 900)
      const { head, entries } = await opened.store.ledger.read(0, 100_000)
      assert.deepEqual(
        entries.map(({ seq }) => seq),
        Array.from({ length: head }, (_, index) => index + 1),
      )
      assert.ok(head > 100, `${head}`)
    } finally {
      await opened.close()
    }
  })

  /** Both nodes refresh the same forty grants in the same turn, again and again: two batches of forty rows. */
  async function refreshTogether(opened: OpenPostgres, ran: Ran[], rounds: number): Promise<void> {
    const note = (batch: Ran): void => void ran.push(batch)
    const nodes = [opened.node({ ran: note }), opened.node({ ran: note })]
    const client = await addClient(opened.store)
    const people = await Promise.all(Array.from({ length: 40 }, () => signIn(opened.store, { client })))
    for (let round = 0; round < rounds; round += 1) {
      const order = round % 2 === 0 ? people : people.toReversed()
      const asked = order.flatMap(({ grant: { gid } }, index) =>
        [nodes[index % 2]!, nodes[(index + 1) % 2]!].map((node) =>
          node.update({ kind: 'grant', gid }, (held, at) => ({
            outcome: 'rotated',
            effects: [{ do: 'rotate', gid, generation: held!.grant.generation + 1, at: at.now, idleExpiresAt: at.now + hour }],
          })),
        ),
      )
      await Promise.all(asked)
    }
    const grants = await Promise.all(people.map(({ grant }) => opened.store.lists.grant(grant.gid)))
    assert.ok(grants.every((grant) => grant?.generation === 2 * rounds)) // whatever was run again: each refresh counts once
  }

  test('RF-5: what apps were allowed is taken back at one node while the other one refreshes all that they have: no deadlock', async () => {
    const ran: Ran[] = []
    const opened = await stores.open()
    const note = (batch: Ran): void => void ran.push(batch)
    const nodes = [opened.node({ ran: note }), opened.node({ ran: note })] as const
    const client = await addClient(opened.store)
    const people = await Promise.all(Array.from({ length: 20 }, () => signIn(opened.store, { client })))
    const gids = await Promise.all(
      people.map(async ({ user, session, grant, position }) => {
        const offline = newGrant(session, { offline: true })
        const effects: Effect[] = [{ do: 'openGrant', grant: offline, position }]
        await opened.store.update({ kind: 'user', sub: user.sub }, () => ({ outcome: 'opened', effects }))
        return [grant.gid, offline.gid]
      }),
    )
    const look = () => ({ outcome: 'looked' })
    for (let round = 0; round < 30; round += 1) {
      await Promise.all([
        ...people.map(({ user: { sub } }) => nodes[0].update({ kind: 'granted', sub, clientId: client.id }, look)),
        ...gids.flat().map((gid) => nodes[1].update({ kind: 'grant', gid }, look)),
      ])
    }
    await opened.close()
    assert.ok(ran.some(({ kind, size }) => kind === 'granted' && size === 20))
    assert.deepEqual([...new Set(ran.map(({ outcome, code }) => code ?? outcome))], ['committed'])
  })

  test('forty rows at a time, by two nodes: no deadlock; with rows locked in no order: deadlocks, which are run again', async () => {
    const good: Ran[] = []
    const opened = await stores.open()
    await refreshTogether(opened, good, 20)
    await opened.close()
    assert.ok(good.some(({ size }) => size === 40) && good.every(({ outcome }) => outcome === 'committed'))

    const from = 'FROM unnest($1::bytea[]) WITH ORDINALITY AS q(gid, nth)'
    const broken = rewriting([
      ['ORDER BY g.gid FOR NO KEY UPDATE OF g', 'ORDER BY random() FOR NO KEY UPDATE OF g'],
      [from, `, pg_sleep(0.001) ${from}`], // after each row, so that the two meet on a busy machine as well
    ])
    const bad: Ran[] = []
    const unordered = await stores.open(broken.change)
    const isSeen = (): boolean => bad.some(({ code, outcome }) => code === '40P01' && outcome === 'rerun')
    // Two batches must meet; on a busy machine they may pass each other for a while.
    for (let turn = 0; turn < 20 && !isSeen(); turn += 1) await refreshTogether(unordered, bad, 4)
    await unordered.close()
    assert.ok(broken.used > 0 && isSeen())
    assert.ok(bad.every(({ outcome }) => outcome !== 'failed'))
  })
})
