import { openServices } from '../src/open-services.ts'
import { openSqlite } from '../src/store/sqlite/open.ts'
import type { SqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import type { Services } from '../src/use-cases/needs.ts'
import { type Asked, answer } from './answer.ts'
import { type Cast, MASTER_SECRET, quiet } from './cast.ts'
import type { Disk } from './disk.ts'
import type { History } from './history.ts'
import type { IssuerParts } from './issuer-parts.ts'
import type { Knowledge } from './knowledge.ts'
import type { Machine, Process } from './machine.ts'
import type { Network } from './network.ts'
import type { Setting } from './scenario.ts'
import { watchedStore } from './watched-store.ts'

/** The issuer's machine: one process at a time on one file, which is started, stopped, killed and started again. */
export interface Issuer {
  readonly machine: Machine
  /** Opens the file and serves; the promise resolves when it does. */
  start(): Promise<void>
  /** R1: answers those who ask, writes the rows, closes. The name is free at once; callers are refused until the next start. */
  stop(): Promise<void>
  /** When the run is over. */
  abandon(): void
  /** Dropped in the middle of whatever it does. */
  crash(): Promise<void>
  isUp(): boolean
  process(): Process | undefined
  services(): Services | undefined
}

export interface IssuerNeeds {
  readonly machine: Machine
  readonly disk: Disk
  readonly network: Network
  readonly history: History
  readonly knowledge: Knowledge
  readonly cast: Cast
  readonly setting: Setting
  readonly parts: IssuerParts
  /** Verifiers inside the process: begun when it serves, closed before it stops (V7). */
  onServing(serving: Serving): void
  onStopping(): Promise<void>
  /** Called at each confirmed answer: the moment from which Safety holds. */
  onConfirmed(): void
}

/** What an issuer's process may need while it answers. */
export interface Serving {
  readonly services: Services
  readonly process: Process
  /** True time of getting the lock. */
  readonly since: number
}

/** Makes the issuer, not started: the product's own wiring over what a run hands in. */
export function createIssuer(needs: IssuerNeeds): Issuer {
  const { machine, network, history, cast, parts, knowledge } = needs
  const disk = parts.disk(needs.disk)
  let running: { process: Process; store: SqliteStore; services?: Services; stopLedger(): Promise<void> } | undefined

  const start = async (): Promise<void> => {
    const process = machine.start()
    const since = process.now()
    const { settings } = cast.config
    const sqlite = openSqlite(disk.path(), { world: process, leaseMs: cast.config.leaseMs, log: quiet })
    const mine: NonNullable<typeof running> = { process, store: sqlite, stopLedger: async () => undefined }
    running = mine
    history.note(since, 'issuer', 'starts, and gets the lock on its file')
    const store = parts.store(watchedStore(sqlite, process, knowledge, needs.setting), process)
    const open = await openServices({
      ...{ settings, world: process, store, accounts: cast.accounts(process), passwords: cast.passwords(process), log: quiet },
      masterSecret: MASTER_SECRET,
      openLedger: (given) => parts.openLedger({ ...given, world: parts.ledgerWorld(process) }),
    })
    const services = parts.services(open.services, process)
    mine.stopLedger = open.stop
    mine.services = services
    const serving: Serving = { services, process, since }
    needs.onServing(serving)
    network.serve('issuer', { process, handle: (request, closed) => answer(request as Asked, closed, serving, needs) })
  }

  return {
    machine,
    start,
    async stop() {
      const stopping = running
      if (!stopping?.services) return
      await stopping.process.between()
      history.note(stopping.process.now(), 'issuer', 'is told to stop')
      await needs.onStopping()
      await stopping.stopLedger()
      await stopping.services.store.close()
      if (!stopping.process.alive()) return
      history.note(stopping.process.now(), 'issuer', 'has stopped')
      network.serve('issuer', undefined)
      stopping.process.kill()
      if (running === stopping) running = undefined
    },
    async crash() {
      const dying = running
      await dying?.process.between()
      if (!dying || running !== dying) return
      running = undefined
      history.note(dying.process.now(), 'issuer', 'crashes')
      network.serve('issuer', undefined)
      dying.process.kill()
      disk.afterCrash(() => dying.store.abandon())
    },
    abandon() {
      running?.process.kill()
      running?.store.abandon()
    },
    isUp: () => running?.services !== undefined,
    process: () => running?.process,
    services: () => running?.services,
  }
}
