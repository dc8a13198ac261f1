import { localTransport } from '../src/local-transport.ts'
import { databaseBackend, fileBackend } from './backend.ts'
import type { Broken } from './broken.ts'
import { AUDIENCE, gather, quiet } from './cast.ts'
import { type Chance, chanceOf } from './chance.ts'
import { check, type Promises, type Violation } from './checker.ts'
import { createDisk } from './disk.ts'
import { createHistory, type Happening } from './history.ts'
import { createIssuer, type IssuerNeeds } from './issuer.ts'
import { productParts } from './issuer-parts.ts'
import { createKnowledge } from './knowledge.ts'
import { type Conditions, createMachine, type Machine } from './machine.ts'
import { createNetwork } from './network.ts'
import { noteCommit, oneOfNodes } from './nodes.ts'
import { openSimulated } from './postgres/open.ts'
import { createDatabaseServer } from './postgres/server.ts'
import { copyTables } from './postgres/tables.ts'
import { nearDatabase } from './postgres/weather.ts'
import type { Scenario, Setting } from './scenario.ts'
import { createScheduler } from './scheduler.ts'
import { createStage, sound } from './stage.ts'
import { createVerifierActor } from './verifier.ts'
import { watchedStore } from './watched-store.ts'

/** What a run came to. */
export interface Outcome {
  readonly scenario: string
  readonly seed: number
  readonly violations: readonly Violation[]
  readonly happenings: readonly Happening[]
  /** Endings that were answered confirmed; verdicts. */
  readonly confirmed: number
  readonly checks: number
  readonly longestWait: number
  readonly events: number
  readonly tally: Tally
}

/** What went wrong on purpose. */
export interface Tally {
  readonly crashes: number
  /** Requests to follow that went to another node than the one before. */
  readonly moves: number
  /** Answers to COMMIT that got lost. */
  readonly lostAnswers: number
}

/** Plays one scenario with one seed; with `broken`, one part of the product is replaced. */
export async function run(scenario: Scenario, seed: number, broken?: Broken): Promise<Outcome> {
  const chance = chanceOf(`${scenario.name}/${seed}`)
  const setting = scenario.setting(chance.fork('setting'))
  const cast = await gather(castOptions(setting))
  const scheduler = createScheduler(chance.fork('ties'))
  const history = createHistory()
  const knowledge = createKnowledge(history, cast.subOf)
  const network = createNetwork({
    now: scheduler.now,
    at: (moment, go) => void scheduler.at(moment, go),
    chance: chance.fork('network'),
    weather: broken?.weather ?? setting.weather,
    history,
  })
  const machines = new Map<string, Machine>()
  const machine = (name: string, pauses: readonly [number, number] | undefined): Machine => {
    const given = conditions(setting, chance.fork(`${name} clock`), isOfIssuer(name), pauses)
    const made = createMachine(name, scheduler, history, chance.fork(name), given)
    machines.set(name, made)
    return made
  }

  const replaced = broken?.replace({ chance: chance.fork('broken'), setting, network, machines, now: scheduler.now }) ?? {}
  const parts = { ...productParts, ...replaced.issuer }
  const disk = cast.tables ? undefined : createDisk(cast.template)
  const database =
    cast.tables &&
    createDatabaseServer({
      ...{
        machine: machine('database', setting.databasePauses),
        history,
        chance: chance.fork('database'),
        tables: copyTables(cast.tables),
      },
      ...{ weather: { ...nearDatabase, ...setting.database }, broken: replaced.database ?? {} },
      onCommit: (transaction) => noteCommit(knowledge, scheduler.now(), transaction),
    })
  const { leaseMs } = cast.config
  const backend = database ? databaseBackend(database, leaseMs) : fileBackend(parts.disk(disk!), leaseMs)
  const shared: Omit<IssuerNeeds, 'machine'> = {
    ...{ backend, network, history, knowledge, cast, setting, parts },
    watch: (store, process) => (database ? store : watchedStore(store, process, knowledge, setting)),
    onServing({ process, services }) {
      if (inside) inside.start({ process, transport: localTransport('app', AUDIENCE, async () => services) })
    },
    onStopping: async () => inside?.stop(),
    onConfirmed: () => stage.press(stage.known().slice(-3), setting.leaseMs * 1.4, 5),
  }
  const names = Array.from({ length: setting.nodes ?? 0 }, (_, index) => `node ${index + 1}`)
  const nodes = names.map((name) => createIssuer({ ...shared, machine: machine(name, setting.issuerPauses) }))
  if (names.length > 0) network.balance('issuer', names, setting.looks ?? names.length)
  const issuer =
    names.length > 0
      ? oneOfNodes(nodes, chance.fork('nodes'))
      : createIssuer({ ...shared, machine: machine('issuer', setting.issuerPauses) })
  const calls = { next: 0 }
  const services = ['orders', 'mail', 'photos']
  const actor = (name: string, service: string) =>
    createVerifierActor({
      machine: machine(name, setting.verifierPauses),
      service,
      ...{ network, history, calls, sound, setting },
      chance: chance.fork(`${name} transport`),
      onAnswer: () => scheduler.at(scheduler.now() + 0.01, () => stage.recall(name)),
      made: (process) => ({ parts: {}, transport: (transport) => transport, world: () => process, ...replaced.verifier?.(process, name) }),
    })
  const outer = services.slice(0, setting.verifiers).map((name) => actor(name, setting.sharing ? 'orders' : name))
  const inside = setting.inside ? actor('inside', 'app') : undefined
  const verifiers = inside ? [...outer, inside] : outer
  const outside = machine('outside', undefined).start()
  /** `curfew restored`, which is no node. */
  const restored = async (longestLeaseMs: number) => {
    const store = openSimulated(database!, machine('operator', undefined).start(), { leaseMs, log: quiet, listen: false })
    await store.ledger.restore(longestLeaseMs)
    await store.close()
  }
  const stage = createStage({
    ...{
      setting,
      chance: chance.fork('story'),
      cast,
      issuer,
      nodes,
      database,
      verifiers,
      network,
      history,
      knowledge,
      scheduler,
      outside,
      restored,
    },
  })

  try {
    let failure: unknown
    const play = async () => {
      await issuer.start()
      for (const verifier of outer) verifier.start()
      await scenario.play(stage)
    }
    scheduler.at(0, () => {
      // A story that is not over when time is up just ends.
      play().catch((error: unknown) => {
        failure = error
        scheduler.stop()
      })
    })
    await scheduler.run(setting.lasts)
    if (failure !== undefined) throw failure
    // Verifiers ask for ever. Where nothing is left to happen, something waits for what no event brings: a run that shows nothing.
    if (scheduler.isIdle()) throw new Error(`${scenario.name}, seed ${seed}: nothing was left to happen before the run was over.`)
  } finally {
    for (const verifier of verifiers) verifier.process()?.kill()
    issuer.abandon()
    disk?.remove()
  }
  const happenings = history.all()
  const crashes = happenings.filter((one) => one.what === 'note' && one.text === 'crashes').length
  const tally = { crashes, moves: network.moves(), lostAnswers: database?.lostAnswers() ?? 0 }
  return { ...outcomeOf(scenario, seed, happenings, promisesOf(setting, issuer.machine.conditions.rate), scheduler.count()), tally }
}

/** Those whose clocks are the issuer's: a fast one is the worst. */
function isOfIssuer(name: string): boolean {
  return name === 'issuer' || name === 'database' || name.startsWith('node ')
}

function castOptions({ leaseMs, accessLifetime, users, foreign, nodes }: Setting) {
  return {
    leaseMs,
    ...(accessLifetime === undefined ? {} : { accessLifetime }),
    ...(users === undefined ? {} : { users }),
    ...(foreign === undefined ? {} : { foreign }),
    ...(nodes === undefined ? {} : { nodes }),
  }
}

function outcomeOf(
  scenario: Scenario,
  seed: number,
  happenings: readonly Happening[],
  promises: Promises,
  events: number,
): Omit<Outcome, 'tally'> {
  let confirmed = 0
  let checks = 0
  let longestWait = 0
  for (const one of happenings) {
    if (one.what === 'decided') checks++
    if (one.what !== 'answered') continue
    if (one.confirmed) confirmed++
    longestWait = Math.max(longestWait, one.waited ?? 0)
  }
  const violations = check(happenings, promises)
  return { scenario: scenario.name, seed, violations, happenings, confirmed, checks, longestWait, events }
}

function promisesOf(setting: Setting, rate: number): Promises {
  const { leaseMs, healthyWait } = setting
  return {
    // D2: as the verifier's clock counts it; two seconds for one that had no lease yet.
    patience: Math.max(Math.min(leaseMs * 0.4, 20_000), 2_000) * 1.02,
    wait: ((setting.longestLeaseMs ?? leaseMs) * 1.02 + 50 + slackOf(setting)) * Math.max(1, rate),
    healthy: healthyWait !== undefined || setting.allGood === true,
    healthyWait: healthyWait ?? Number.POSITIVE_INFINITY,
  }
}

/** S2 with a database whose every query takes a step or two: a poll, the look that ends the wait, the one that was under way, the receipt. */
function slackOf({ slack, steps = [0.02, 0.3], slowQueries, issuerPauses }: Setting): number {
  return slack ?? 400 + steps[1] * (slowQueries ? 24 : 12) + (issuerPauses?.[0] ? 500 : 0)
}

function conditions(setting: Setting, chance: Chance, isIssuer: boolean, pauses: readonly [number, number] | undefined): Conditions {
  const [low, high] = setting.steps ?? [0.02, 0.3]
  const [likely, longest] = pauses ?? [0, 0]
  const [rarely, slowest] = setting.longSteps ?? [0, 0]
  return {
    // D1 allows for 2 % between two clocks; the worst is a fast one at the issuer and a slow one at a verifier.
    rate: setting.drift ? (isIssuer ? 1.0099 : chance.one([0.9901, 0.9901, 1.0099])) : chance.between(0.9901, 1.0099),
    wallError: isIssuer ? chance.between(-2_000, 2_000) : chance.between(-1, 1) * (setting.wallError ?? 2_000),
    pauses: likely,
    // Short ones and long ones alike.
    pauseFor: (chance) => longest * chance.next() ** chance.one([1, 3, 8]),
    stepFor: (chance, isLong) => (isLong && chance.happens(rarely) ? chance.next() * slowest : chance.between(low, high)),
  }
}
