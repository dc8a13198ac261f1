import type { Statement } from '../../src/store/postgres/driver.ts'
import type { Chance } from '../chance.ts'
import type { History } from '../history.ts'
import type { Machine, Process } from '../machine.ts'
import { createLocks } from './locks.ts'
import { createSession, type Outcome, type Session } from './session.ts'
import type { SessionNeeds } from './session-needs.ts'
import { sqlError } from './statement.ts'
import { copyTables, type Tables } from './tables.ts'
import { createStorage, type Storage, type Transaction } from './transaction.ts'
import { type DatabaseWeather, takes } from './weather.ts'

/** What a node's end of a connection is told. */
export interface ClientEnd {
  readonly process: Process
  notified(payload: string): void
  broken(error: Error): void
}

/** A connection, as a node has it. */
export interface Link {
  /** Resolves in an event of the node's; never, where the connection breaks. */
  send(statements: readonly Statement[], answer: (outcomes: readonly Outcome[]) => void): void
  close(): void
}

/** The one PostgreSQL of a run. */
export interface DatabaseServer {
  readonly storage: Storage
  readonly machine: Machine
  /** Undefined: nobody listens there. */
  connect(end: ClientEnd): Promise<Link | undefined>
  start(): void
  /** Every connection is gone, what was not committed as well. */
  stop(): void
  isUp(): boolean
  process(): Process | undefined
  /** Nothing gets through between this node and the database until so many milliseconds later; then all of it. */
  cut(node: string, milliseconds: number): void
  backup(): Tables
  /** Puts a backup in the place of all that was committed since; only while it is down. */
  restore(tables: Tables): void
  /** COMMITs that were carried out, or not, and whose answer got lost. */
  lostAnswers(): number
}

export interface ServerNeeds {
  readonly machine: Machine
  readonly history: History
  readonly chance: Chance
  readonly weather: DatabaseWeather
  readonly tables: Tables
  readonly broken?: Partial<Pick<SessionNeeds, 'rewritten' | 'instead'>>
  /** Called at each commit, at the moment from which it is seen. */
  readonly onCommit?: (transaction: Transaction) => void
}

const reset = (): Error => sqlError('ECONNRESET', 'read ECONNRESET')

/** Makes the database's machine, with the server started. */
export function createDatabaseServer(needs: ServerNeeds): DatabaseServer {
  const { machine, history, chance, weather, broken = {} } = needs
  let process: Process | undefined
  const storage = createStorage(needs.tables, () => machine.wall((process ?? idle).now()))
  const idle = machine.start()
  let locks = createLocks()
  const sessions = new Map<Session, { tell(payload: string): void; broken(error: Error): void }>()
  const nodes = new Set<Session>()
  const cutUntil = new Map<string, number>()
  let lostAnswers = 0

  const way = (end: ClientEnd): number => {
    const usual = chance.between(weather.way[0], weather.way[1])
    const until = cutUntil.get(end.process.machine.name) ?? 0
    return Math.max(0, until - end.process.now()) + usual
  }

  function start(): void {
    process = machine.start()
    locks = createLocks()
  }

  function open(end: ClientEnd, server: Process): Link {
    let isOpen = true
    let [sent, told] = [0, 0]
    const session = createSession({
      ...{ process: server, storage, locks, chance, weather, nodes },
      rewritten: broken.rewritten ?? ((text) => text),
      instead: broken.instead,
      committed: (transaction) => {
        const { notes } = transaction
        needs.onCommit?.(transaction)
        for (const { tell } of sessions.values()) for (const note of notes) tell(note)
      },
      close: (error) => lose(error),
    })
    /** In the order in which it was sent, as a stream has it. */
    const toServer = (run: () => void): void => {
      sent = Math.max(sent, end.process.now() + way(end))
      server.soon(sent - server.now(), run)
    }
    const toNode = (run: () => void): void => {
      told = Math.max(told, server.now() + way(end))
      end.process.soon(told - end.process.now(), run)
    }
    function lose(error: Error): void {
      if (!isOpen) return
      isOpen = false
      toNode(() => end.broken(error))
    }
    function tell(payload: string): void {
      if (!session.isListening() || chance.happens(weather.wakesLost ?? 0)) return
      const late = takes(chance, [0, 0], weather.wakesLate)
      if (late === 0) toNode(() => isOpen && end.notified(payload))
      else server.soon(late, () => toNode(() => isOpen && end.notified(payload)))
    }
    sessions.set(session, { tell, broken: lose })
    const close = (): void => {
      isOpen = false
      toServer(() => {
        session.end()
        sessions.delete(session)
      })
    }
    end.process.onDeath(() => isOpen && close())
    return {
      close,
      send(statements, answer) {
        if (!isOpen) return
        const isBroken = chance.happens(weather.broken ?? 0)
        if (isBroken && statements.some(({ text }) => text === 'COMMIT')) lostAnswers++
        if (isBroken && chance.happens(0.5)) {
          lose(reset())
          toServer(() => session.end())
          return
        }
        toServer(() => {
          session.take(statements, (outcomes) => {
            if (isBroken) {
              lose(reset())
              session.end()
            } else toNode(() => isOpen && answer(outcomes))
          })
        })
      },
    }
  }

  start()
  return {
    storage,
    machine,
    process: () => process,
    isUp: () => process !== undefined,
    start() {
      if (process) return
      start()
      history.note(process!.now(), 'database', 'is up again')
    },
    stop() {
      if (!process) return
      history.note(process.now(), 'database', 'goes down')
      const dying = process
      process = undefined
      for (const [session, { broken: lose }] of sessions) {
        session.crash((mine) => {
          const isCommitted = chance.happens(0.5)
          if (isCommitted) needs.onCommit?.(mine)
          return isCommitted
        })
        lose(sqlError('57P01', 'terminating connection due to administrator command'))
      }
      sessions.clear()
      nodes.clear()
      dying.kill()
    },
    connect(end) {
      return new Promise((resolve) => {
        const there = way(end) * 2
        end.process.soon(there, () => resolve(process ? open(end, process) : undefined))
      })
    },
    cut(node, milliseconds) {
      const now = (process ?? idle).now()
      cutUntil.set(node, Math.max(cutUntil.get(node) ?? 0, now + milliseconds))
      history.note(now, node, `cut off from the database for ${Math.round(milliseconds)} ms`, milliseconds)
    },
    backup: () => copyTables(storage.tables()),
    restore(tables) {
      storage.replace(copyTables(tables))
    },
    lostAnswers: () => lostAnswers,
  }
}
