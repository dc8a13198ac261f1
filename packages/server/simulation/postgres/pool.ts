import type { PgClientLike, PgPoolLike, PgQuery, Statement } from '../../src/store/postgres/driver.ts'
import type { Process } from '../machine.ts'
import type { DatabaseServer, Link } from './server.ts'
import type { Outcome } from './session.ts'
import { sqlError } from './statement.ts'

type Listener = (...args: unknown[]) => void

interface Client extends PgClientLike {
  readonly isBroken: () => boolean
  end(): void
}

/** What `pg.Pool` is to the adapter, over connections to the simulated database: one pool a process. */
export function createPool(database: DatabaseServer, process: Process, size: number): PgPoolLike & { end(): Promise<void> } {
  const idle: Client[] = []
  const line: ((client: Client | Error) => void)[] = []
  let count = 0
  let isEnded = false

  function give(client: Client): void {
    if (client.isBroken() || isEnded) {
      count--
      client.end()
      // Whoever waits gets a new one.
      const next = line.shift()
      if (next) open().then(next, next)
      return
    }
    const next = line.shift()
    if (next) next(client)
    else idle.push(client)
  }

  async function open(): Promise<Client> {
    count++
    try {
      return await connected(database, process, give)
    } catch (error) {
      count--
      throw error
    }
  }

  return {
    async connect() {
      if (isEnded) throw new Error('Cannot use a pool after calling end on the pool')
      for (let client = idle.pop(); client; client = idle.pop()) {
        if (!client.isBroken()) return client
        count--
      }
      if (count < size) return open()
      return new Promise((resolve, reject) => line.push((client) => (client instanceof Error ? reject(client) : resolve(client))))
    },
    async end() {
      isEnded = true
      for (const client of idle.splice(0)) client.end()
    },
  }
}

async function connected(database: DatabaseServer, process: Process, give: (client: Client) => void): Promise<Client> {
  const listeners = new Map<string, Set<Listener>>()
  const emit = (event: string, ...args: unknown[]): void => {
    for (const listener of [...(listeners.get(event) ?? [])]) listener(...args)
  }
  const waiting = new Set<(error: Error) => void>()
  let error: Error | undefined
  const link = await database.connect({
    process,
    notified: (payload) => emit('notification', { channel: 'curfew', payload }),
    broken(why) {
      error = why
      for (const reject of waiting) reject(why)
      waiting.clear()
      emit('error', why)
      emit('end')
    },
  })
  if (!link) throw sqlError('ECONNREFUSED', 'connect ECONNREFUSED')
  const send = together(link, waiting)
  const client: Client = {
    pipeline: true,
    isBroken: () => error !== undefined,
    end: () => link.close(),
    query(query) {
      if (error) return Promise.reject(error)
      return send(query)
    },
    release(given) {
      if (given) error ??= given instanceof Error ? given : new Error('given up')
      give(client)
    },
    on(event, listener) {
      const those = listeners.get(event) ?? new Set()
      listeners.set(event, those.add(listener))
    },
    removeListener(event, listener) {
      listeners.get(event)?.delete(listener)
    },
  }
  return client
}

/** What is asked in one go travels in one message, and is answered by one. */
function together(link: Link, waiting: Set<(error: Error) => void>): (query: PgQuery) => Promise<unknown> {
  type Asked = { readonly statement: Statement; readonly take: (outcome: Outcome) => void }
  let asked: Asked[] = []
  return (query) =>
    new Promise((resolve, reject) => {
      waiting.add(reject)
      if (asked.length === 0) {
        queueMicrotask(() => {
          const those = asked
          asked = []
          link.send(
            those.map(({ statement }) => statement),
            (outcomes) => {
              for (const [index, { take }] of those.entries()) take(outcomes[index]!)
            },
          )
        })
      }
      asked.push({
        statement: { text: query.text, values: (query.values ?? []) as NonNullable<Statement['values']> },
        take(outcome) {
          waiting.delete(reject)
          if (outcome instanceof Error) reject(outcome)
          else resolve({ rowCount: outcome.rowCount, rows: outcome.rows, command: outcome.command ?? '' })
        },
      })
    })
}
