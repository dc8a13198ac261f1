import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DatabaseBroken } from '../../simulation/broken.ts'
import { chanceOf } from '../../simulation/chance.ts'
import { createHistory } from '../../simulation/history.ts'
import { createMachine } from '../../simulation/machine.ts'
import { openSimulated } from '../../simulation/postgres/open.ts'
import { createDatabaseServer } from '../../simulation/postgres/server.ts'
import { emptyTables } from '../../simulation/postgres/tables.ts'
import { nearDatabase } from '../../simulation/postgres/weather.ts'
import { createScheduler } from '../../simulation/scheduler.ts'
import type { Store } from '../../src/store/store.ts'
import { contractCases, type OpenStore, storeContract } from '../../src/testing/store-contract.ts'

/** A store on a simulated database whose time goes on by itself while a test waits for it. */
async function open(seed: string, broken: DatabaseBroken = {}): Promise<OpenStore> {
  const chance = chanceOf(seed)
  const scheduler = createScheduler(chance.fork('ties'))
  const history = createHistory()
  const calm = { rate: 1, wallError: 0, pauses: 0, pauseFor: () => 0, stepFor: () => 0 }
  const machine = (name: string) => createMachine(name, scheduler, history, chance.fork(name), calm)
  const log = { warn() {}, error() {} }
  const tables = emptyTables(5_000, machine('setup').wall(0))
  const database = createDatabaseServer({ machine: machine('database'), history, chance, weather: nearDatabase, tables, broken })
  const stores: Store[] = []
  let until = 0
  let isOver = false
  const play = (async () => {
    while (!isOver) {
      until += 1
      await scheduler.run(until)
      await new Promise((resolve) => setImmediate(resolve))
    }
  })()
  const node = (): Store => {
    const store = openSimulated(database, machine(`node ${stores.length + 1}`).start(), { leaseMs: 5_000, log, listen: false })
    stores.push(store)
    return store
  }
  const store = node()
  return {
    store,
    node,
    advance: (milliseconds) => database.machine.setWall(milliseconds),
    async close() {
      for (const each of stores) await each.close()
      isOver = true
      await play
    },
  }
}

let count = 0
storeContract('the simulated PostgreSQL, under the real adapter, keeps the contract', () => open(`contract ${++count}`), [
  'advance',
  'node',
])

/** Nothing waits for anybody. */
const withoutLocks: DatabaseBroken = {
  instead(_, __, run) {
    const ran = run()
    if (!('next' in ran)) return ran
    for (;;) {
      const { value, done } = ran.next()
      if (done) return value
    }
  },
}

for (const name of ['two nodes: RF-3', 'two nodes: S3: fifty endings', 'two nodes: L2']) {
  test(`the contract catches a simulated PostgreSQL without locks: ${name}`, async () => {
    const found = contractCases.filter((each) => each.name.startsWith(name))
    assert.equal(found.length, 1)
    const opened = await open(`broken ${name}`, withoutLocks)
    try {
      await assert.rejects(found[0]!.run(opened))
    } finally {
      await opened.close()
    }
  })
}
