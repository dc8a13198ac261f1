import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import pg from 'pg'
import { OAuthError } from '../../../src/errors.ts'
import { realWorld } from '../../../src/real-world.ts'
import type { PgClientLike, PgPoolLike, PgQuery } from '../../../src/store/postgres/driver.ts'
import { openPostgres } from '../../../src/store/postgres/open.ts'
import type { Store } from '../../../src/store/store.ts'
import { addService, endSession, put, signIn } from '../../../src/testing/contract/fixtures.ts'
import { beat } from '../../../src/testing/contract/ledger.ts'
import { type PostgresServer, skip, startPostgres } from './server.ts'

const log = { warn: () => undefined, error: () => undefined }

/** What a test does to a connection as a statement is sent. */
type Meddle = (text: string, client: pg.PoolClient, send: () => Promise<unknown>) => Promise<unknown>

function meddling(pool: pg.Pool, meddle: Meddle): PgPoolLike {
  return {
    async connect() {
      const client = await pool.connect()
      const query = (given: PgQuery) => meddle(given.text, client, () => client.query(given) as unknown as Promise<unknown>)
      return new Proxy(client, {
        get(target, name) {
          if (name === 'query') return query
          const value = Reflect.get(target, name, target)
          return typeof value === 'function' ? value.bind(target) : value
        },
      }) as unknown as PgClientLike
    },
  }
}

/** As a network that is cut: no answer comes any more. */
function cut(client: pg.PoolClient): void {
  const { stream } = (client as unknown as { connection: { stream: { destroy(): void } } }).connection
  stream.destroy()
}

const delay = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

describe('PostgreSQL under faults', { skip }, () => {
  let server: PostgresServer
  let admin: pg.Pool
  const nodes: Store[] = []
  const open = (connection: string | PgPoolLike = server.url, options: Partial<Parameters<typeof openPostgres>[1]> = {}): Store => {
    const store = openPostgres(connection, { world: realWorld(), leaseMs: 5_000, log, ...options })
    nodes.push(store)
    return store
  }
  before(async () => {
    server = await startPostgres()
    admin = new pg.Pool({ connectionString: server.url, max: 8 })
    admin.on('error', () => undefined)
  })
  after(async () => {
    await Promise.all(nodes.map((node) => node.close()))
    await admin.end()
    await server.close()
  })

  test('two nodes that meet a new database at once: one makes it, and its lease holds for both (D3)', async () => {
    const [one, other] = [open(), open(server.url, { leaseMs: 9_000 })]
    const [mine, theirs] = await Promise.all([one.ledger.rows(), other.ledger.rows()])
    assert.deepEqual([mine.leaseMs, mine.incarnation], [theirs.leaseMs, theirs.incarnation])
  })

  test('L3: the other node is woken by an entry and by an acknowledgement, each once; and again after the connection was lost', async () => {
    const [one, other] = [open(), open()]
    await addService(one, { id: 'woken' })
    const heard: string[] = []
    const wakes: string[] = []
    const waiting: (() => void)[] = []
    one.ledger.onChange((what) => wakes.push(what))
    other.ledger.onChange((what) => {
      heard.push(what)
      for (const wake of waiting.splice(0)) wake()
    })
    const next = (): Promise<void> => new Promise((resolve) => void waiting.push(resolve))
    await other.ledger.rows() // opens it
    await listening(2)
    const entry = next()
    const { entries } = await put(one, { do: 'stale', what: 'everything' })
    await entry
    await beat(one.ledger, 'woken', 'v1', 0)
    const acknowledged = next()
    await beat(one.ledger, 'woken', 'v1', entries[0]!.seq)
    await acknowledged
    assert.deepEqual(
      [heard, wakes],
      [
        ['entry', 'acknowledged'],
        ['entry', 'acknowledged'],
      ],
    )
    // Whoever was away may have missed something, so the return itself wakes.
    const returned = next()
    await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN curfew'")
    await returned
    assert.deepEqual(heard.slice(2).toSorted(), ['acknowledged', 'entry'])
  })

  test('M3: a statement that the server ends, since it takes too long, leaves nothing; a moment later it is tried again, and is no error of ours', async () => {
    const store = open()
    const { seq } = (await put(store, { do: 'stale', what: 'everything' })).entries[0]!
    const holder = await admin.connect()
    try {
      await holder.query('BEGIN; SELECT FROM curfew.ledger_state FOR UPDATE')
      const storing = put(store, { do: 'stale', what: 'everything' })
      // As `statement_timeout` ends it: SQLSTATE 57014.
      for (let ended = 0; ended < 3; ) {
        const { rows } = await admin.query(
          "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'curfew'",
        )
        ended += rows.length
      }
      await holder.query('COMMIT')
      assert.equal((await storing).entries[0]!.seq, seq + 1)
    } finally {
      holder.release(true)
    }
  })

  async function listening(count: number): Promise<void> {
    for (;;) {
      const { rows } = await admin.query("SELECT count(*)::integer AS count FROM pg_stat_activity WHERE query = 'LISTEN curfew'")
      if ((rows[0] as { count: number }).count >= count) return
      await delay(5)
    }
  }

  test('the answer to COMMIT is lost: the outcome is asked for, and the update is neither lost nor done twice', async () => {
    let armed = 0
    const store = open(
      meddling(admin, async (text, client, send) => {
        if (text !== 'COMMIT' || armed === 0) return send()
        armed -= 1
        await send() // it is committed
        cut(client)
        throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
      }),
      { listen: false },
    )
    const { session } = await signIn(store)
    const before = (await store.ledger.rows()).head
    armed = 1
    const { entries } = await endSession(store, session.sid)
    assert.deepEqual([entries[0]?.seq, (await store.ledger.rows()).head], [before + 1, before + 1])
    assert.equal(armed, 0)
  })

  test('COMMIT is lost before it arrives: nothing is stored, and the update is run again', async () => {
    let armed = 0
    const store = open(
      meddling(admin, async (text, client, send) => {
        if (text !== 'COMMIT' || armed === 0) return send()
        armed -= 1
        cut(client)
        throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
      }),
      { listen: false },
    )
    const { session } = await signIn(store)
    const before = (await store.ledger.rows()).head
    armed = 1
    let decided = 0
    const stored = await store.update({ kind: 'session', sid: session.sid }, () => {
      decided += 1
      return { outcome: 'ended', effects: [{ do: 'end', what: { session: session.sid }, why: 'signed_out' }] }
    })
    assert.deepEqual([decided, stored.entries[0]?.seq, (await store.ledger.rows()).head], [2, before + 1, before + 1])
  })

  test('M3: a node that stands still in a transaction: the server ends it after ten seconds, so no old clock is committed', async () => {
    let isStill = false
    const timeouts: string[] = []
    const store = open(
      meddling(admin, async (text, client, send) => {
        if (text !== 'COMMIT' || !isStill) return send()
        isStill = false
        const { rows } = await client.query(
          "SELECT current_setting('statement_timeout') AS a, current_setting('idle_in_transaction_session_timeout') AS b, current_setting('synchronous_commit') AS c",
        )
        timeouts.push(...Object.values(rows[0] as Record<string, string>))
        await client.query("SET LOCAL idle_in_transaction_session_timeout = '50ms'") // what is ten seconds for everybody else
        await delay(300)
        return send()
      }),
      { listen: false },
    )
    const { session } = await signIn(store)
    const before = (await store.ledger.rows()).head
    isStill = true
    let decided = 0
    const stored = await store.update({ kind: 'session', sid: session.sid }, () => {
      decided += 1
      return { outcome: 'ended', effects: [{ do: 'end', what: { session: session.sid }, why: 'signed_out' }] }
    })
    assert.deepEqual(timeouts, ['10s', '10s', 'on'])
    assert.deepEqual([decided, stored.entries[0]?.seq], [2, before + 1])
  })

  test('all connections are cut again and again under load: what was answered is there, once; nobody else is refused than by 503', async () => {
    const store = open()
    const people = await Promise.all(Array.from({ length: 60 }, () => signIn(store)))
    let cuts = 0
    const ended: number[] = []
    /** Under way, as far as it can be seen; each time when three more were answered. */
    const cutAll = async (): Promise<void> => {
      cuts += 1
      await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'curfew'")
    }
    const cutting: Promise<void>[] = []
    const outcomes = await Promise.allSettled(
      people.map(async ({ session }, index) => {
        await delay(index * 5)
        const { entries } = await endSession(store, session.sid)
        ended.push(...entries.map(({ seq }) => seq))
        if (ended.length % 3 === 0) cutting.push(cutAll())
      }),
    )
    await Promise.all(cutting)
    for (const one of outcomes)
      if (one.status === 'rejected')
        assert.ok(one.reason instanceof OAuthError && one.reason.code === 'temporarily_unavailable', String(one.reason))
    assert.equal(new Set(ended).size, ended.length)
    assert.ok(ended.length > 30 && cuts > 10, `${ended.length} ${cuts}`)
    const told = new Set((await store.ledger.read(0, 100_000)).entries.map(({ seq }) => seq))
    for (const seq of ended) assert.ok(told.has(seq))
  })

  test('the server crashes and comes back: what was answered is there, and the same store goes on within five seconds', async () => {
    const store = open()
    const { session } = await signIn(store)
    const { entries } = await endSession(store, session.sid)
    await server.stop('immediate')
    const refused = await store.ledger.rows().then(
      () => undefined,
      (error: unknown) => error,
    )
    assert.ok(refused instanceof OAuthError && refused.code === 'temporarily_unavailable' && refused.headers['retry-after'] === '1')
    const { session: another } = { session: { sid: session.sid } }
    const waiting = endSession(store, another.sid) // taken while it is away, answered when it is back
    await server.start()
    const since = performance.now()
    assert.equal((await waiting).outcome, 'already')
    assert.ok(performance.now() - since < 5_000)
    assert.equal((await store.lists.session(session.sid))?.endedSeq, entries[0]?.seq)
    assert.ok((await store.ledger.read(0, 100_000)).entries.some(({ seq }) => seq === entries[0]?.seq))
  })

  test('a pool of the application stays its own: settings, parsers and connections are as they were, and it is not closed', async () => {
    const pool = new pg.Pool({ connectionString: server.url, max: 8 })
    const store = open(pool)
    await signIn(store)
    await store.close()
    const { rows } = await pool.query(
      "SELECT 1::bigint AS big, current_setting('statement_timeout') AS timeout, current_setting('search_path') AS path",
    )
    assert.deepEqual(rows, [{ big: '1', timeout: '0', path: '"$user", public' }])
    assert.equal(pool.totalCount, pool.idleCount)
    const ended = once(pool, 'remove')
    await pool.end()
    await ended
  })
})
