// A process of its own that ends one session after another, and says each number once it was answered. It is there to be killed.
import { writeSync } from 'node:fs'
import { realWorld } from '../../../src/real-world.ts'
import { openSqlite } from '../../../src/store/sqlite/open.ts'
import { signIn } from '../../../src/testing/contract/fixtures.ts'
import { logged } from './open-for-test.ts'

const store = openSqlite(process.argv[2] ?? '', { world: realWorld(), leaseMs: 1_000, log: logged().log })
writeSync(1, 'open\n')
const { user, client } = await signIn(store)

async function write(): Promise<never> {
  for (;;) {
    const { session } = await signIn(store, { user, client })
    const { sid } = session
    const { entries } = await store.update({ kind: 'session', sid }, () => ({
      outcome: 'ended',
      effects: [{ do: 'end', what: { session: sid }, why: 'admin' }],
    }))
    writeSync(1, `${sid} ${entries[0]?.seq}\n`)
  }
}
await Promise.all(Array.from({ length: 8 }, write))
