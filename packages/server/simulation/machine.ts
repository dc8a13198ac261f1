import type { World } from '../src/world.ts'
import type { Chance } from './chance.ts'
import type { History } from './history.ts'
import type { Scheduler } from './scheduler.ts'

/** When the run's true time 0 is, on a wall clock that is right. */
export const EPOCH = 1_764_000_000_000

/** How a machine's clocks go, and how often its processes are stopped. */
export interface Conditions {
  /** Local milliseconds in a true one: within ±1 %, so that two differ by less than D1's 2 %. */
  readonly rate: number
  /** How wrong its wall clock is, in milliseconds. */
  readonly wallError: number
  /** How likely a process is stopped before an event, and within one before it reads a clock. */
  readonly pauses: number
  /** How long, then. */
  pauseFor(chance: Chance): number
  /** How long a step of its own takes (a batch, a query), in milliseconds. */
  stepFor(chance: Chance, isLong: boolean): number
}

/** Hardware: two clocks, which live on when its processes die. */
export interface Machine {
  readonly name: string
  readonly conditions: Conditions
  wall(moment: number): number
  monotonic(moment: number): number
  /** Somebody sets the wall clock. */
  setWall(by: number): void
  /** Suspended: its monotonic clock stands still meanwhile, nothing on it runs. */
  suspend(milliseconds: number): void
  asleepUntil(): number
  /** A new process on it. */
  start(): Process
}

/** One process: what it takes from outside, and how it is stopped and killed. */
export interface Process extends World {
  readonly machine: Machine
  /** True time, as far as this process has come within its present event. */
  now(): number
  alive(): boolean
  /** Whether it is stopped now: whatever arrives waits. */
  isStopped(): boolean
  /** For how many true milliseconds it, or its machine, was stopped since this moment. */
  stoppedSince(moment: number): number
  /** Runs as an event of this process, after so many true milliseconds. */
  soon(milliseconds: number, run: () => void): () => void
  /** A place between two steps (`isLong`: of an operation that may wait for others, as a query or a hash in a queue does): what comes next is an event of its own, and the process may be stopped, or die, in between. */
  step(isLong?: boolean): Promise<void>
  /** Up to so many milliseconds, mostly far less; undefined: not at all. */
  wait(longest: number | undefined): Promise<void>
  /** SIGSTOP, then SIGCONT after so many true milliseconds. */
  pause(milliseconds: number): void
  /** Resolves when it is between two events: what it did in one, with stops in the middle, is done by then. */
  between(): Promise<void>
  /** Its events never run any more, what it waits for never comes. */
  kill(): void
  onDeath(run: () => void): void
}

/** Makes a machine. */
export function createMachine(name: string, scheduler: Scheduler, history: History, chance: Chance, conditions: Conditions): Machine {
  const { rate } = conditions
  const zero = chance.between(0, 1e6)
  let wallError = conditions.wallError
  let slept = 0
  let asleepUntil = 0
  const machine: Machine = {
    name,
    conditions,
    wall: (moment) => Math.floor(EPOCH + moment * rate + wallError),
    monotonic: (moment) => zero + (moment - slept) * rate,
    setWall(by) {
      wallError += by
      history.note(scheduler.now(), name, `its wall clock is set ${by < 0 ? 'back' : 'forward'} by ${Math.round(Math.abs(by))} ms`)
    },
    suspend(milliseconds) {
      const now = scheduler.now()
      if (asleepUntil > now) return
      asleepUntil = now + milliseconds
      slept += milliseconds
      history.note(now, name, `suspended for ${Math.round(milliseconds)} ms; its monotonic clock stands still`)
    },
    asleepUntil: () => asleepUntil,
    start: () => createProcess(machine, scheduler, history, chance),
  }
  return machine
}

function createProcess(machine: Machine, scheduler: Scheduler, history: History, chance: Chance): Process {
  const { pauses, pauseFor, stepFor, rate } = machine.conditions
  let alive = true
  let pausedUntil = 0
  /** How far the present event has come beyond its beginning: pauses within it. Its other effects begin only then. */
  let stalled = 0
  let stalledUntil = 0
  let running = false
  const dying: (() => void)[] = []
  const stops: { readonly from: number; readonly until: number }[] = []

  const now = () => scheduler.now() + stalled
  const stop = (milliseconds: number) => {
    history.note(now(), machine.name, `stopped for ${Math.round(milliseconds)} ms`, milliseconds)
    stops.push({ from: now(), until: now() + milliseconds })
    return milliseconds
  }
  const stall = () => {
    if (running && chance.happens(pauses)) stalled += stop(pauseFor(chance))
  }
  const at = (moment: number, run: () => void): (() => void) => {
    let cancel = scheduler.at(moment, deliver, done)
    function deliver() {
      if (!alive) return
      const freeAt = Math.max(pausedUntil, machine.asleepUntil())
      if (freeAt > scheduler.now()) {
        // What waited while it was stopped comes in any order afterwards, at its own pace.
        cancel = scheduler.at(freeAt + chance.between(0, 0.05), deliver, done)
        return
      }
      if (chance.happens(pauses)) {
        pausedUntil = scheduler.now() + stop(pauseFor(chance))
        cancel = scheduler.at(pausedUntil, deliver, done)
        return
      }
      running = true
      run()
    }
    function done() {
      running = false
      if (stalled > 0) stalledUntil = pausedUntil = Math.max(pausedUntil, scheduler.now() + stalled)
      stalled = 0
    }
    return () => cancel()
  }

  return {
    machine,
    now,
    alive: () => alive,
    isStopped: () => Math.max(pausedUntil, machine.asleepUntil()) > scheduler.now(),
    stoppedSince: (moment) => stops.reduce((sum, { from, until }) => sum + Math.max(0, Math.min(until, now()) - Math.max(from, moment)), 0),
    wall() {
      stall()
      return machine.wall(now())
    },
    monotonic() {
      stall()
      return machine.monotonic(now())
    },
    after(milliseconds, run) {
      const due = machine.monotonic(now()) + milliseconds
      let cancel = () => {}
      const wait = () => {
        const left = due - machine.monotonic(now())
        // A machine that was suspended fires its timers that much later.
        if (left > 0.001) cancel = at(now() + left / rate + chance.between(0, 1), wait)
        else run()
      }
      cancel = at(now() + milliseconds / rate + chance.between(0, 1), wait)
      return () => cancel()
    },
    turn(run) {
      at(now() + chance.between(0.001, 0.02), run)
    },
    random: (count) => chance.bytes(count),
    soon: (milliseconds, run) => at(now() + milliseconds, run),
    step: (isLong = false) => new Promise((resolve) => at(now() + stepFor(chance, isLong), resolve)),
    wait: (longest) =>
      longest === undefined ? Promise.resolve() : new Promise((resolve) => at(now() + chance.next() ** 3 * longest, resolve)),
    pause(milliseconds) {
      pausedUntil = Math.max(pausedUntil, now() + stop(milliseconds))
    },
    async between() {
      while (stalledUntil > scheduler.now()) await new Promise<void>((resolve) => scheduler.at(stalledUntil, resolve))
    },
    kill() {
      alive = false
      for (const run of dying.splice(0)) run()
    },
    onDeath(run) {
      dying.push(run)
    },
  }
}
