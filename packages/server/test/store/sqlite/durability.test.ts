import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, test } from 'node:test'
import { realWorld } from '../../../src/real-world.ts'
import { openSqlite } from '../../../src/store/sqlite/open.ts'
import { addService, now, put, signIn } from '../../../src/testing/contract/fixtures.ts'
import { testWorld } from '../../../src/testing/fixed-clock.ts'
import { logged } from './open-for-test.ts'

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'curfew-store-'))
  try {
    await run(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe('R3: committed means durable', () => {
  test('nothing is answered, refused or announced before COMMIT has returned', async () => {
    const events: string[] = []
    const sync = (commit: () => void) => {
      events.push('commit')
      commit()
      events.push('durable')
    }
    const store = openSqlite(':memory:', { world: testWorld(), leaseMs: 1_000, log: logged().log, sync })
    store.ledger.onChange((what) => events.push(what))
    await Promise.allSettled([
      put(store, { do: 'stale', what: 'everything' }).then(() => events.push('answered')),
      store.update({ kind: 'issuer' }, () => ({ outcome: 'ended already' })).then(() => events.push('answered')),
      put(store, { do: 'cut', what: { client: 'none' }, why: 'admin' }).catch(() => events.push('refused')),
      store.ledger.raiseMaxTtl(1).then(() => events.push('answered')),
    ])
    assert.deepEqual(events.slice(0, 3), ['commit', 'durable', 'entry'])
    assert.deepEqual(events.slice(3).sort(), ['answered', 'answered', 'answered', 'refused'])
    await store.close()
  })

  for (const when of ['before', 'after'] as const) {
    test(`a COMMIT that fails ${when} it is in the file closes the store for good, and refuses all who wait`, async () => {
      await inFolder(async (folder) => {
        const path = join(folder, 'curfew.db')
        let isBroken = false
        const sync = (commit: () => void) => {
          if (isBroken && when === 'before') throw new Error('no space left')
          commit()
          if (isBroken) throw new Error('input/output error')
        }
        const { log, lines } = logged()
        const world = testWorld()
        const store = openSqlite(path, { world, leaseMs: 1_000, log, sync })
        const { session } = await signIn(store)
        const wakes: string[] = []
        store.ledger.onChange((what) => wakes.push(what))
        isBroken = true
        const waiting = [
          put(store, { do: 'end', what: { session: session.sid }, why: 'admin' }),
          put(store),
          store.ledger.saveReceipt({ id: 'r', seq: 1, outcome: 'pending', body: {}, until: 1 }),
        ]
        const outcomes = await Promise.allSettled(waiting)
        assert.deepEqual(
          outcomes.map(({ status }) => status),
          ['rejected', 'rejected', 'rejected'],
        )
        isBroken = false
        await assert.rejects(put(store), /is closed/)
        await assert.rejects(store.begin({ kind: 'head' }), /is closed/)
        await assert.rejects(store.ledger.beat([]), /is closed/)
        assert.deepEqual(wakes, [])
        assert.deepEqual(
          lines.map(({ event }) => event),
          ['store.failed'],
        )
        await store.close()

        const next = openSqlite(path, { world, leaseMs: 1_000, log })
        const { head, entries } = await next.ledger.read(0, 10)
        const expected = when === 'after' ? 1 : 0
        assert.deepEqual([head, entries.length], [expected, expected])
        assert.equal((await next.lists.session(session.sid))?.endedSeq !== undefined, when === 'after') // L1
        assert.equal((await next.ledger.rows()).settled, false) // R1: it did not stop cleanly
        await next.close()
      })
    })
  }

  test('a clean stop that cannot be written is none', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'curfew.db')
      let isBroken = false
      const sync = (commit: () => void) => {
        if (isBroken) throw new Error('no space left')
        commit()
      }
      const options = { world: testWorld(), leaseMs: 1_000, log: logged().log }
      const store = openSqlite(path, { ...options, sync })
      await addService(store, { id: 'orders' })
      await store.ledger.beat([{ service: 'orders', id: 'v1', after: 0, local: false }])
      isBroken = true
      await assert.rejects(store.close(), /no space left/)
      const next = openSqlite(path, options)
      assert.equal((await next.ledger.rows()).settled, false)
      await next.close()
    })
  })
})

describe('a process that is killed', () => {
  test('R1, R3: everything that it answered is there; the ledger has no holes; nothing is confirmed before the wait', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'curfew.db')
      const answered: string[] = []
      for (const most of [40, 25, 60]) {
        const child = startWriter(path)
        const lines = createInterface({ input: child.stdout! })
        let left = most
        lines.on('line', (line) => {
          if (line === 'open') return
          answered.push(line)
          left -= 1
          if (left === 0) child.kill('SIGKILL')
        })
        await Promise.all([once(child, 'exit'), once(lines, 'close')])
        assert.ok(statSync(`${path}-wal`).size > 0, 'the log was left behind')

        const store = openSqlite(path, { world: realWorld(), leaseMs: 1_000, log: logged().log })
        assert.equal(statSync(`${path}-wal`).size <= 32_768, true) // the log was taken in before the start wrote to it again
        const { head, entries } = await store.ledger.read(0, 10_000)
        assert.deepEqual(
          entries.map(({ seq }) => seq),
          Array.from({ length: head }, (_, index) => index + 1),
        )
        for (const line of answered) {
          const [sid, seq] = line.split(' ')
          assert.equal((await store.lists.session(sid ?? ''))?.endedSeq, Number(seq), line)
          assert.deepEqual(entries[Number(seq) - 1], { seq: Number(seq), ended: { sid }, until: entries[Number(seq) - 1]?.until })
        }
        assert.equal((await store.ledger.rows()).settled, false)
        assert.ok((await now(store)).now > 0)
        await store.close()
      }
      assert.ok(answered.length >= 125)
    })
  })

  test('R1: while it lives, nobody else gets the file, and is told who has it; once it is dead, the file is free', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'curfew.db')
      const child = startWriter(path)
      const lines = createInterface({ input: child.stdout! })
      await once(lines, 'line')
      const options = { world: realWorld(), leaseMs: 1_000, log: logged().log }
      assert.throws(() => openSqlite(path, options), {
        name: 'CurfewError',
        message: new RegExp(`in use by process ${child.pid}, since 20.*One process serves a file`),
      })
      child.kill('SIGKILL')
      await once(child, 'exit')
      await openSqlite(path, options).close()
    })
  })
})

function startWriter(path: string): ChildProcess {
  const script = new URL('./writer-process.ts', import.meta.url).pathname
  return spawn(process.execPath, ['-C', 'curfew-source', script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
}
