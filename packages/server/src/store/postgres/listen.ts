import type { World } from '../../world.ts'
import type { Database } from './database.ts'
import { codeOf, LostError } from './failures.ts'

/** What nodes tell each other. */
const tellable = ['entry', 'acknowledged', 'keys'] as const
type Told = (typeof tellable)[number]

/** Listening to other nodes. */
export interface Listening {
  /** Resolves when its connection is given back. */
  stop(): Promise<void>
}

export interface ListenParts {
  readonly database: Pick<Database, 'using'>
  readonly world: Pick<World, 'after'>
  readonly log: { warn(facts: object, message?: string): void }
  /** Of this node: what it told itself it knows already. */
  readonly tag: string
  readonly wake: (what: Told) => void
  /** Whether a restore must not happen beside it. */
  readonly isNode: boolean
}

/**
 * R2: nodes that run are seen by this, as far as they listen: whoever restores takes the same lock for itself, for a transaction. A node that
 * starts in the middle waits for the end of it, and is seen by the next.
 */
export const nodesLock = "hashtext('curfew nodes')"
const present = `SELECT pg_advisory_lock_shared(${nodesLock})`
const absent = `SELECT pg_advisory_unlock_shared(${nodesLock})`

/** Milliseconds until it is tried again, and after which the connection is asked whether it is alive. */
const again = 500
const heartbeat = 15_000

/**
 * L3: what other nodes committed wakes this one. Only a hint: it says which of two things happened and who said so, and a poll stands in for
 * what is lost while there is no connection, and behind a PgBouncer in transaction mode, which passes none on.
 */
export function listen({ database, world, log, tag, wake, isNode }: ListenParts): Listening {
  const stopping = Promise.withResolvers<void>()
  let isStopped = false
  let wasLost = false
  stopping.promise.then(() => {
    isStopped = true
  })

  const hear = (payload: string): void => {
    const [what, from] = payload.split(' ')
    const told = tellable.find((one) => one === what)
    if (from !== tag && told !== undefined) wake(told)
  }

  async function once(): Promise<void> {
    await database.using(async ({ all, listen }) => {
      const gone = Promise.withResolvers<'gone'>()
      const unlisten = listen({ notification: hear, gone: () => gone.resolve('gone') })
      try {
        await all([...(isNode ? [{ text: present }] : []), { text: 'LISTEN curfew' }])
        // Whatever was missed since it was lost; or since the store was opened, where keys are not looked at again as soon as entries are.
        for (const what of wasLost ? tellable : (['keys'] as const)) wake(what)
        wasLost = false
        for (;;) {
          const what = await Promise.race([gone.promise, stopping.promise, after(heartbeat)])
          if (isStopped) return void (await all([{ text: 'UNLISTEN curfew' }, ...(isNode ? [{ text: absent }] : [])]))
          if (what === 'gone') throw new Error('The connection that listens was lost.')
          await all([{ text: 'SELECT 1' }])
        }
      } catch (error) {
        // Whatever it was: a connection that may listen, or hold the lock, is closed, and not somebody's next one out of the pool.
        throw new LostError('The connection that listens was given up.', error)
      } finally {
        unlisten()
      }
    })
  }

  const cancels = new Set<() => void>()

  function after(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = world.after(milliseconds, () => {
        cancels.delete(cancel)
        resolve()
      })
      cancels.add(cancel)
    })
  }

  const running = (async () => {
    while (!isStopped) {
      try {
        await once()
      } catch (error) {
        if (!wasLost)
          log.warn(
            { event: 'store.not_listening', code: codeOf((error as Error).cause ?? error) },
            'not woken by other nodes for now; polling',
          )
        wasLost = true
        await Promise.race([after(again), stopping.promise])
      }
      for (const cancel of cancels) cancel()
      cancels.clear()
    }
  })()

  return {
    async stop() {
      stopping.resolve()
      await running
    },
  }
}
