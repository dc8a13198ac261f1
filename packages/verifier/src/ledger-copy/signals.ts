import type { CheckedToken } from '../decide.ts'
import type { Entry } from '../wire/index.ts'
import type { World } from '../world.ts'
import type { LedgerCopy } from './copy.ts'

/** Work that goes on under a token, to be stopped when the token dies. */
export interface Signals {
  /** The signal of this token; `why` says whether it is dead already. */
  of(token: CheckedToken, why: () => string | undefined): AbortSignal
  /** Entries came in: aborts what they cover. */
  fire(entries: readonly Entry[], copy: LedgerCopy): void
  /** The horizon moved (E3). */
  advance(horizon: number): void
  /** No entry will be heard of any more. */
  close(): void
}

type Watch = { token: CheckedToken; controller: AbortController; end(why: string): void }

const longestTimer = 86_400_000

/** Makes the list of signals, empty. Only tokens whose signal was asked for are in it. */
export function makeSignals(world: World): Signals {
  const watches = new Map<CheckedToken, Watch>()
  const given = new WeakMap<CheckedToken, AbortSignal>()
  let isClosed = false
  const byName = new Map<string, Set<Watch>>()

  const watch = (token: CheckedToken, why: () => string | undefined): Watch => {
    const controller = new AbortController()
    let isOver = false
    const names = namesOf(token)
    let cancel = () => {}
    const made: Watch = {
      token,
      controller,
      end(reason) {
        if (isOver) return
        isOver = true
        cancel()
        watches.delete(token)
        for (const name of names) {
          const set = byName.get(name)
          set?.delete(made)
          if (set?.size === 0) byName.delete(name)
        }
        controller.abort(endedError(reason))
      },
    }
    const look = () => {
      const reason = why()
      if (reason !== undefined) return made.end(reason)
      const left = (token.claims.exp + token.leeway) * 1000 - world.wall()
      cancel = world.after(Math.min(Math.max(left, 1), longestTimer), look)
    }
    watches.set(token, made)
    for (const name of names) byName.set(name, (byName.get(name) ?? new Set()).add(made))
    look()
    return made
  }

  return {
    of(token, why) {
      const before = given.get(token)
      if (before !== undefined) return before
      const made = watch(token, why)
      if (isClosed) made.end('closed')
      given.set(token, made.controller.signal)
      return made.controller.signal
    },
    fire(entries, copy) {
      if (watches.size === 0) return
      for (const entry of entries) {
        for (const each of [...(touched(entry, byName) ?? watches.values())]) {
          const covered = copy.covers(each.token.claims, each.token.kid)
          if (covered !== undefined) each.end(covered)
        }
      }
    },
    advance(horizon) {
      for (const each of [...watches.values()]) if (each.token.claims.exp <= horizon) each.end('before_horizon')
    },
    close() {
      isClosed = true
      for (const each of [...watches.values()]) each.end('closed')
    },
  }
}

/** The watches that an entry can touch; undefined is all of them. */
function touched(entry: Entry, byName: Map<string, Set<Watch>>): Iterable<Watch> | undefined {
  const what: Record<string, string> = 'ended' in entry ? entry.ended : 'cut' in entry ? entry.cut : entry.stale
  for (const [sort, name] of Object.entries(what)) return byName.get(`${sort} ${name}`) ?? []
  return undefined
}

function namesOf(token: CheckedToken): string[] {
  const { sid, gid, jti, usr, client_id } = token.claims
  const names = Object.entries({ sid, gid, jti, kid: token.kid, usr, client_id })
  return names.filter(([, name]) => name !== undefined).map(([sort, name]) => `${sort} ${name}`)
}

function endedError(reason: string): Error {
  return Object.assign(new Error(`The access token is no longer good: ${reason}.`), { name: 'AbortError', code: reason })
}
