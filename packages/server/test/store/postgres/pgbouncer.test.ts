import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import pg from 'pg'
import { openStore } from '../../../src/open-store.ts'
import { realWorld } from '../../../src/real-world.ts'
import { addService, put } from '../../../src/testing/contract/fixtures.ts'
import { beat } from '../../../src/testing/contract/ledger.ts'
import { storeContract } from '../../../src/testing/store-contract.ts'
import { opener } from './open-for-test.ts'
import { freePort, identityOf, type PostgresServer, skip as skipPostgres, startPostgres } from './server.ts'

const binary = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'].find((path) => existsSync(path))
const inShort = process.env.CURFEW_FULL ? false : 'in the long form only: npm test -- --full pgbouncer'
const skip = skipPostgres || (binary ? inShort : 'no PgBouncer is installed (Debian: apt-get install pgbouncer)')

/** In transaction mode, with fewer connections to the server than the store has to it: no two transactions can count on the same one. */
async function startPgBouncer(server: PostgresServer): Promise<{ url: string; close(): Promise<void> }> {
  const home = mkdtempSync(join(tmpdir(), 'curfew-pgbouncer-'))
  const port = await freePort()
  const target = new URL(server.url)
  writeFileSync(
    join(home, 'pgbouncer.ini'),
    `[databases]
postgres = host=127.0.0.1 port=${target.port} user=curfew
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 100
`,
  )
  const identity = await identityOf('postgres')
  if (identity) chownSync(home, identity.uid, identity.gid)
  const child = spawn(binary!, [join(home, 'pgbouncer.ini')], { cwd: home, ...(identity ?? {}), stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (/process up/.test(said)) resolve()
    })
    child.once('exit', () => reject(new Error(`PgBouncer did not start:\n${said}`)))
  })
  return {
    url: `postgres://curfew@127.0.0.1:${port}/postgres`,
    async close() {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
      rmSync(home, { recursive: true, force: true })
    },
  }
}

describe('PgBouncer in transaction mode', { skip }, () => {
  let server: PostgresServer
  let bouncer: Awaited<ReturnType<typeof startPgBouncer>>
  let stores: ReturnType<typeof opener>
  before(async () => {
    server = await startPostgres()
    bouncer = await startPgBouncer(server)
    stores = opener(bouncer.url, { prepared: true }) // they are given up at the first that is lost
  })
  after(async () => {
    await stores.end()
    await bouncer.close()
    await server.close()
  })

  storeContract('PostgreSQL behind PgBouncer keeps the contract', () => stores.open(), ['advance'])

  test('as it is configured: { url, listen: false }. Nothing that one node sets is left for the next transaction, and nobody waits to be woken', async () => {
    const log = { warn: () => undefined, error: () => undefined }
    const nodes = [1, 2].map(() => openStore({ url: bouncer.url, listen: false, lanes: 2 }, { world: realWorld(), leaseMs: 5_000, log }))
    const [one, other] = nodes
    await addService(one!, { id: 'orders' })
    const { entries } = await put(other!, { do: 'stale', what: 'everything' })
    await beat(one!.ledger, 'orders', 'v1', entries[0]!.seq)
    assert.deepEqual((await other!.ledger.waitingFor(entries[0]!.seq)).rows, []) // what a poll finds
    await Promise.all(nodes.map((node) => node.close()))
    const admin = new pg.Client({ connectionString: server.url })
    await admin.connect()
    assert.deepEqual((await admin.query("SELECT FROM pg_locks WHERE locktype = 'advisory'")).rows, []) // it would stay with the pooled connection
    await admin.end()
  })
})
