import { messageOf, OAuthError } from './errors.ts'
import { stayAlive } from './real-world.ts'
import type { Logger } from './use-cases/needs.ts'
import type { World } from './world.ts'

/** What is opened once, as soon as its database is there. */
export interface Opened<T> {
  /** For requests: what is open, or what is wrong at this moment. */
  now(): Promise<T>
  /** Waits for as long as the database is away; rejects with what no waiting mends. */
  ready(): Promise<T>
  /** What there is, without trying. */
  last(): Promise<T | undefined>
  /** Tries no more. */
  stop(): void
}

/** Milliseconds between two tries: at first, and at most. Below the five seconds within which a node is to be back. */
const soon = 250
const late = 2_000
/** A database that stays away is told of again this often. */
const again = 60_000

/** Opens at once; while the database is away it tries again by itself, and says so in the log. `name`: the database, for people. */
export function opening<T>(open: () => Promise<T>, parts: { world: World; log: Logger; name: string }): Opened<T> {
  const { world, log, name } = parts
  let last: Promise<T | undefined> = Promise.resolve(undefined)
  let current: Promise<T> | undefined
  /** The last try failed by a database that is away. */
  let away:
    | { readonly error: unknown; readonly since: number; readonly at: number; readonly told: number; readonly pause: number }
    | undefined
  let cancel = (): void => undefined
  let isStopped = false
  const waiting = new Set<() => void>()
  /** Whoever waits in `ready` is told what is wrong. */
  let asking = 0

  function attempt(): Promise<T> {
    const mine = open()
    current = mine
    last = mine.then(succeeded, failed)
    return mine
  }

  function succeeded(value: T): T {
    if (away) log.info({ event: 'database.back', away_ms: Math.round(world.monotonic() - away.since) }, `${name} answers`)
    away = undefined
    settle()
    return value
  }

  /** Told to whoever waits for it; not an unhandled rejection of somebody else's process. */
  function failed(error: unknown): undefined {
    if (isAway(error) && !isStopped) {
      current = undefined
      const now = world.monotonic()
      const isTold = away !== undefined && now - away.told < again
      if (!isTold) log.warn({ event: 'database.away', problem: problemIn(error) }, `${name} does not answer; trying again until it does`)
      const pause = Math.min(late, (away?.pause ?? soon / 2) * 2)
      away = { error, since: away?.since ?? now, at: now, told: isTold ? away!.told : now, pause }
      cancel = world.after(pause, () => void (current ?? attempt()).catch(() => undefined))
    } else {
      // Otherwise the first to know would be somebody's first request.
      if (asking === 0 && !isStopped)
        log.error({ event: 'start.failed', problem: messageOf(error) }, `Curfew cannot serve: ${messageOf(error)}`)
      settle()
    }
    return undefined
  }

  function settle(): void {
    for (const one of [...waiting]) one()
  }

  function now(): Promise<T> {
    if (current) return current
    // Requests come faster than a database that is away need be asked.
    if (away && (isStopped || world.monotonic() - away.at < soon)) return Promise.reject(away.error)
    cancel()
    return attempt()
  }

  attempt().catch(() => undefined)
  return {
    now,
    async ready() {
      const rest = stayAlive()
      asking++
      try {
        for (;;) {
          try {
            return await now()
          } catch (error) {
            if (isStopped || !isAway(error)) throw error
            await new Promise<void>((resolve) => {
              const look = (): void => {
                waiting.delete(look)
                resolve()
              }
              waiting.add(look)
            })
          }
        }
      } finally {
        asking--
        rest()
      }
    },
    last: () => last,
    stop() {
      isStopped = true
      cancel()
      settle()
    },
  }
}

function isAway(error: unknown): boolean {
  return error instanceof OAuthError && error.code === 'temporarily_unavailable'
}

/** What the driver said, in one line: a code, or its words. */
function problemIn(error: unknown): string {
  const { code } = ((error as Error).cause ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : messageOf((error as Error).cause ?? error)
}
