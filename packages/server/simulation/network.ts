import type { Chance } from './chance.ts'
import type { History } from './history.ts'
import type { Process } from './machine.ts'

/** What the network does to messages. Times in true milliseconds. */
export interface Weather {
  /** A message's usual way. */
  readonly delay: readonly [number, number]
  /** How likely one takes much longer, and up to how long. */
  readonly late: number
  readonly lateness: number
  /** How likely a message is lost: the caller hears nothing, or, half of the time, that the connection broke. */
  readonly lost: number
  /** How likely a request is delivered twice, the second time at any time up to `lateness` later. */
  readonly twice: number
}

/** Who can be called: whatever process serves under a name now. */
export interface Server {
  readonly process: Process
  /** `closed` aborts when the caller is heard to have gone away. */
  handle(request: unknown, closed: AbortSignal): Promise<unknown>
}

/** Connects processes: nothing arrives that was not serialised, and anything can be late, lost, doubled or overtaken. */
export interface Network {
  serve(name: string, server: Server | undefined): void
  /** A name behind which there are others: each call goes to the next one in turn. `tries`: how many it looks at for one that listens. */
  balance(name: string, names: readonly string[], tries: number): void
  /** Resolves in an event of the caller's; rejects when the connection breaks or the signal aborts. */
  call(from: Process, to: string, request: unknown, signal?: AbortSignal): Promise<unknown>
  /** Nobody reaches `name` from `from` any more, nor the other way round, until so many milliseconds later. */
  cut(from: string, milliseconds: number): void
  /** How often a machine's request to follow went to another server than the one before. */
  moves(): number
  /** Whether messages between this machine and the servers get through now. */
  reaches(from: string): boolean
}

/** The connection broke, or nobody listens. */
export class ConnectionError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConnectionError'
  }
}

interface Needs {
  readonly now: () => number
  readonly at: (moment: number, run: () => void) => void
  readonly chance: Chance
  readonly weather: Weather
  readonly history: History
}

/** Makes the network of one run. */
export function createNetwork({ now, at, chance, weather, history }: Needs): Network {
  const servers = new Map<string, Server>()
  const cutUntil = new Map<string, number>()
  const balanced = new Map<string, { readonly names: readonly string[]; readonly tries: number; turn: number }>()

  const lastOf = new Map<string, Server>()
  let moves = 0
  const noteMove = (from: string, server: Server): void => {
    if ((lastOf.get(from) ?? server) !== server) moves++
    lastOf.set(from, server)
  }

  /** Round robin. */
  const serverOf = (name: string): Server | undefined => {
    const behind = balanced.get(name)
    if (!behind) return servers.get(name)
    for (let tried = 0; tried < behind.tries; tried++) {
      const server = servers.get(behind.names[behind.turn++ % behind.names.length]!)
      if (server) return server
    }
    return undefined
  }

  const trip = () =>
    chance.between(weather.delay[0], weather.delay[1]) + (chance.happens(weather.late) ? chance.next() * weather.lateness : 0)
  const isCut = (name: string) => (cutUntil.get(name) ?? 0) > now()

  return {
    serve(name, server) {
      if (server) servers.set(name, server)
      else servers.delete(name)
    },
    balance(name, names, tries) {
      balanced.set(name, { names, tries, turn: 0 })
    },
    cut(from, milliseconds) {
      cutUntil.set(from, Math.max(cutUntil.get(from) ?? 0, now() + milliseconds))
      history.note(now(), from, `cut off from the network for ${Math.round(milliseconds)} ms`, milliseconds)
    },
    moves: () => moves,
    reaches: (from) => !isCut(from),
    call(from, to, request, signal) {
      const text = JSON.stringify(request)
      let closed: AbortController | undefined
      const { name } = from.machine
      return new Promise((resolve, reject) => {
        let isOver = false
        const finish = (moment: number, settle: () => void) => {
          // In an event of the caller's: it hears of it when it runs again.
          from.soon(moment - from.now(), () => {
            if (isOver) return
            isOver = true
            settle()
          })
        }
        const breakOff = (why: string, after: number) => finish(from.now() + after, () => reject(new ConnectionError(why)))
        const vanish = () => {
          if (chance.happens(0.5)) at(now() + trip(), () => breakOff('the connection broke', 0))
        }
        const answer = (text: string) => {
          if (isCut(name) || chance.happens(weather.lost)) return vanish()
          finish(now() + trip(), () => resolve(JSON.parse(text)))
        }
        const deliver = () => {
          const server = serverOf(to)
          if (isCut(name) || chance.happens(weather.lost)) return vanish()
          if (!server) return breakOff('connection refused', trip())
          if ((request as { op?: unknown }).op === 'follow') noteMove(name, server)
          server.process.onDeath(() => breakOff('connection reset', trip()))
          server.process.soon(0, () => {
            closed ??= new AbortController()
            server.handle(JSON.parse(text), closed.signal).then(
              (value) => {
                // Leaves only when the process has come so far.
                const sent = JSON.stringify(value ?? null)
                if (server.process.now() > now()) at(server.process.now(), () => answer(sent))
                else answer(sent)
              },
              () => at(server.process.now(), () => breakOff('the connection broke', trip())),
            )
          })
        }
        const leave = from.now()
        at(leave + trip(), deliver)
        if (chance.happens(weather.twice)) at(leave + trip() + chance.next() * weather.lateness, deliver)
        signal?.addEventListener('abort', () => {
          if (isOver) return
          isOver = true
          at(from.now() + trip(), () => closed?.abort())
          reject(new ConnectionError('called off'))
        })
      })
    },
  }
}
