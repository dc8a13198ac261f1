import { OAuthError } from '../src/errors.ts'
import { openServices } from '../src/open-services.ts'
import type { Store } from '../src/store/store.ts'
import type { Services } from '../src/use-cases/needs.ts'
import { type Asked, answer } from './answer.ts'
import type { Backend } from './backend.ts'
import { type Cast, MASTER_SECRET, quiet } from './cast.ts'
import type { History } from './history.ts'
import type { IssuerParts } from './issuer-parts.ts'
import { openKnownKeys } from './keys.ts'
import type { Knowledge } from './knowledge.ts'
import type { Machine, Process } from './machine.ts'
import type { Network } from './network.ts'
import type { Setting } from './scenario.ts'

/** A machine of the issuer: one process at a time, which is started, stopped, killed and started again. Alone with a file, or a node of many. */
export interface Issuer {
  readonly machine: Machine
  /** Opens the store and serves; the promise resolves when it does. */
  start(): Promise<void>
  /** Answers those who ask, closes; R1: writes the rows. Callers are refused until the next start. */
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
  readonly backend: Backend
  /** Called for the store of each new process, before any part is laid over it. */
  readonly watch: (store: Store, process: Process) => Store
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
  const { machine, network, history, cast, parts, backend } = needs
  const { name } = machine
  let running: { process: Process; store: Store; services?: Services; stopLedger(): Promise<void> } | undefined

  const start = async (): Promise<void> => {
    const process = machine.start()
    const since = process.now()
    const { settings } = cast.config
    const opened = backend.open(process)
    const mine: NonNullable<typeof running> = { process, store: opened, stopLedger: async () => undefined }
    running = mine
    history.note(since, name, 'starts')
    const store = parts.store(needs.watch(opened, process), process)
    const opening = untilThere(process, () =>
      openServices({
        ...{ settings, world: process, store, accounts: cast.accounts(process), passwords: cast.passwords(process), log: quiet },
        masterSecret: MASTER_SECRET,
        openKeys: openKnownKeys,
        openLedger: (given) => parts.openLedger({ ...given, world: parts.ledgerWorld(process) }),
      }),
    )
    const open = await whileAlive(process, opening)
    const services = parts.services(open.services, process)
    mine.stopLedger = open.stop
    mine.services = services
    const serving: Serving = { services, process, since }
    needs.onServing(serving)
    network.serve(name, { process, handle: (request, closed) => answer(request as Asked, closed, serving, needs) })
  }

  return {
    machine,
    start,
    async stop() {
      const stopping = running
      if (!stopping?.services) return
      await stopping.process.between()
      history.note(stopping.process.now(), name, 'is told to stop')
      await needs.onStopping()
      await whileAlive(stopping.process, stopping.stopLedger())
      await whileAlive(stopping.process, stopping.services.store.close())
      if (!stopping.process.alive()) return
      history.note(stopping.process.now(), name, 'has stopped')
      network.serve(name, undefined)
      stopping.process.kill()
      if (running === stopping) running = undefined
    },
    async crash() {
      const dying = running
      await dying?.process.between()
      if (!dying || running !== dying) return
      running = undefined
      history.note(dying.process.now(), name, 'crashes')
      network.serve(name, undefined)
      dying.process.kill()
      backend.afterCrash(dying.store)
    },
    abandon() {
      running?.process.kill()
      if (running) backend.abandon(running.store)
    },
    isUp: () => running?.services !== undefined,
    process: () => running?.process,
    services: () => running?.services,
  }
}

/** What fails in a process that is dead fails nobody: a story that began it in the last moment of a run, say. */
async function whileAlive<T>(process: Process, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (process.alive()) throw error
    return new Promise<never>(() => undefined)
  }
}

/** As `createCurfew` does: a database that is away is tried again until it answers. */
async function untilThere<T>(process: Process, open: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await open()
    } catch (error) {
      if (!(error instanceof OAuthError) || error.code !== 'temporarily_unavailable') throw error
      await new Promise<void>((resolve) => void process.after(250, resolve))
    }
  }
}
