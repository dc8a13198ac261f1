/** Whoever holds locks: a transaction. */
export type Holder = object

/** What is asked for. `shared`: others may hold it shared as well. */
export interface LockRequest {
  readonly key: string
  readonly mode: 'exclusive' | 'shared'
}

/** Locks that are held until their transaction is over, in the order in which they were asked for. */
export interface Locks {
  /** Whether it is held now; otherwise `wait`. */
  take(holder: Holder, request: LockRequest): boolean
  /** Calls when it is held. False: nobody would ever get on, this one among them (a deadlock). */
  wait(holder: Holder, request: LockRequest, granted: () => void): boolean
  /** Gives up waiting. */
  leave(holder: Holder): void
  /** All that it holds. Whoever may go on then is told in the same event. */
  release(holder: Holder): void
}

interface Waiter {
  readonly holder: Holder
  readonly request: LockRequest
  readonly granted: () => void
}

interface Lock {
  readonly holders: Map<Holder, LockRequest['mode']>
  waiters: Waiter[]
}

/** Makes a table of locks. */
export function createLocks(): Locks {
  const locks = new Map<string, Lock>()
  const held = new Map<Holder, Set<string>>()
  const waiting = new Map<Holder, string>()

  function fits(lock: Lock, holder: Holder, mode: LockRequest['mode']): boolean {
    for (const [other, has] of lock.holders) if (other !== holder && (mode === 'exclusive' || has === 'exclusive')) return false
    return true
  }

  function give(lock: Lock, holder: Holder, { key, mode }: LockRequest): void {
    if (lock.holders.get(holder) !== 'exclusive') lock.holders.set(holder, mode)
    const mine = held.get(holder)
    if (mine) mine.add(key)
    else held.set(holder, new Set([key]))
  }

  /** Whether `from` waits, through whomever, for `holder`. */
  function waitsFor(from: Holder, holder: Holder, seen = new Set<Holder>()): boolean {
    if (from === holder) return true
    if (seen.has(from)) return false
    seen.add(from)
    const lock = locks.get(waiting.get(from) ?? '')
    if (!lock) return false
    for (const other of lock.holders.keys()) if (other !== from && waitsFor(other, holder, seen)) return true
    return false
  }

  return {
    take(holder, request) {
      const lock = locks.get(request.key)
      if (!lock) {
        const made: Lock = { holders: new Map(), waiters: [] }
        locks.set(request.key, made)
        give(made, holder, request)
        return true
      }
      const isMine = lock.holders.has(holder)
      if (!fits(lock, holder, request.mode) || (!isMine && lock.waiters.length > 0)) return false
      give(lock, holder, request)
      return true
    },
    wait(holder, request, granted) {
      const lock = locks.get(request.key)!
      waiting.set(holder, request.key)
      for (const other of lock.holders.keys()) {
        if (other === holder || !waitsFor(other, holder)) continue
        waiting.delete(holder)
        return false
      }
      lock.waiters.push({ holder, request, granted })
      return true
    },
    leave(holder) {
      const lock = locks.get(waiting.get(holder) ?? '')
      waiting.delete(holder)
      if (lock) lock.waiters = lock.waiters.filter((waiter) => waiter.holder !== holder)
    },
    release(holder) {
      const mine = held.get(holder)
      held.delete(holder)
      for (const key of mine ?? []) {
        const lock = locks.get(key)!
        lock.holders.delete(holder)
        for (let next = lock.waiters[0]; next && fits(lock, next.holder, next.request.mode); next = lock.waiters[0]) {
          lock.waiters.shift()
          waiting.delete(next.holder)
          give(lock, next.holder, next.request)
          next.granted()
        }
        if (lock.holders.size === 0 && lock.waiters.length === 0) locks.delete(key)
      }
    },
  }
}
