import { httpClient, json } from '../http-client.ts'
import type { Device } from '../judge.ts'
import { measureFloor } from '../measure-floor.ts'
import { figures } from '../percentiles.ts'
import { checkHistory, type Judgement } from './check-history.ts'
import { openChecks } from './checks.ts'
import { libfaketime } from './clocks.ts'
import { openCrew } from './crew.ts'
import { type History, openHistory } from './history.ts'
import { makeWell, openInjector } from './inject.ts'
import { openPeople, type People } from './people.ts'
import { seeded } from './random.ts'
import { openRoster } from './roster.ts'
import { kindsOf, schedule } from './schedule.ts'
import { strace } from './slow-disk.ts'

/** How a proof under faults is run. */
export interface FaultPlan {
  readonly seconds: number
  readonly store: 'sqlite' | 'postgres'
  readonly nodes: number
  readonly verifiers: number
  /** Milliseconds. */
  readonly lease: number
  readonly seed: number
  /** Endings that are begun, and tokens that are checked, a second. */
  readonly pace: number
  readonly checks: number
  readonly users: number
  readonly devices: number
  readonly sabotage: string | undefined
  /** Where the history is written. */
  readonly history: string | undefined
  readonly say: (text: string) => void
}

export interface FaultOutcome {
  readonly judgement: Judgement
  readonly endings: Record<string, number>
  readonly errors: Record<string, number>
  /** A bare long poll in the same run, in milliseconds. */
  readonly floor: { p50: number; p99: number; max: number }
  readonly confirmation: { p50: number; p99: number; max: number }
  /** What the harness itself could not do. */
  readonly problems: readonly string[]
  /** Kinds of fault that were not carried out in this run. */
  readonly missing: readonly string[]
}

/** In a run that is shorter than this each fault is as short as can be, so that every kind has its turn. In seconds. */
const shortRun = 240
/** In one that is shorter than this not every kind is expected. In seconds. */
const shortestWhole = 60

/** Raises everything, lets people act and faults happen until the time is over, makes all well, and judges the history. */
export async function proveFaults(plan: FaultPlan): Promise<FaultOutcome> {
  const { history: file, seed, say } = plan
  const history = openHistory(file)
  const over = Promise.withResolvers<void>()
  let isOver = false
  let endFloor: (() => Promise<unknown>) | undefined
  const random = seeded(seed + 1000)
  const crew = await openCrew({ ...plan, history, random, isOver: () => false })
  const interrupted = (): void => over.resolve()
  process.on('SIGINT', interrupted).on('SIGTERM', interrupted)
  try {
    for (const [what, is] of [
      ['libfaketime', libfaketime()],
      ['strace', strace()],
    ] as const)
      if (is === undefined)
        say(`${what} is not installed (Debian: apt-get install ${what === 'strace' ? what : 'faketime'}): its faults are left out`)
    const roster = openRoster(history, () => performance.now())
    const plain = httpClient(256)
    const checks = openChecks({ services: crew.services, http: plain, history, roster, perSecond: plan.checks, random })
    const people = openPeople({
      ...{ crew, history, roster, checks, random, isOver: () => false },
      ...{ devicesEach: plan.devices, most: plan.users },
    })
    // Who signs in in somebody else's browser.
    const visitor = json({ identifier: 'visitor', password: 'the password of visitor', mode: 'token' })
    await crew.stage.http.call(`${crew.stage.url}/sign-up`, { method: 'POST', ...visitor })
    await populate(people, plan)
    say(
      `${roster.people.length} people on ${roster.live.length} devices, ${plan.verifiers} verifiers, ${plan.nodes} nodes; seed ${seed}, ${plan.seconds} s`,
    )
    const stalls = openStalls(
      history,
      crew.services.map(({ name }) => name),
    )
    const floor = await measureFloor(3, 4, stalls.seen)
    endFloor = floor.stop
    void over.promise.then(() => {
      isOver = true
    })
    const sleep = (milliseconds: number): Promise<void> =>
      isOver ? Promise.resolve() : Promise.race([over.promise, new Promise<void>((passed) => setTimeout(passed, milliseconds))])
    const ended: Device[] = []
    const restored = (): void => void ended.push(...roster.restored())
    const injector = openInjector({ crew, history, sleep, restored })
    const missing = (): string[] => kindsOf(meansOf(plan)).filter((kind) => !injector.done.has(kind))
    void enough(plan.seconds, over.promise, missing).then(over.resolve)
    // What a sabotage breaks shows itself in a cut that outlasts a lease.
    const isShort = plan.seconds < shortRun && plan.sabotage === undefined
    const faults = Object.values(schedule(seed, meansOf(plan), isShort)).map(async (lane) => {
      await sleep(1500)
      for (let next = lane.next(); !next.done && !isOver; next = lane.next()) {
        const { gap } = next.value
        await sleep(gap)
        if (isOver) return
        await injector.inject(next.value)
        // What lived when a restore was declared was ended by it (R2).
        if (next.value.kind === 'backup restored') void people.afterRestore(ended.splice(0))
      }
    })
    const under = new Set<Promise<void>>()
    const paced = async (perSecond: number, act: (turn: number) => Promise<void>, most: number): Promise<void> => {
      for (let turn = 0; !isOver; turn += 1) {
        if (under.size < most) {
          const work = act(turn)
            .catch((error: unknown) => {
              people.errors[String(error).slice(0, 120)] = 1
            })
            .finally(() => under.delete(work))
          under.add(work)
        }
        await sleep(1000 / perSecond)
      }
    }
    await Promise.all([paced(plan.pace, people.end, 80), paced(plan.pace * 2, people.replenish, 60), paced(4, people.use, 80), ...faults])
    makeWell(crew)
    say('the faults are over; what is under way comes to its end')
    await Promise.all(under)
    await people.endAll()
    await checks.stop()
    stalls.stop()
    plain.close()
    endFloor = undefined
    const floorMs = figures(await floor.stop())
    await history.close()
    const slackMs = Math.max(1000, 10 * floorMs.p99)
    const judgement = checkHistory(history.events, { leaseMs: plan.lease, waitMs: Math.ceil(1.02 * plan.lease + 50), slackMs })
    const confirmed = history.events.flatMap((event) => (event.what === 'request' && event.isConfirmed ? event.at - event.sent : []))
    const { endings, errors } = people
    return { judgement, endings, errors, floor: floorMs, confirmation: figures(confirmed), problems: injector.problems, missing: missing() }
  } finally {
    isOver = true
    over.resolve()
    makeWell(crew)
    await endFloor?.().catch(() => undefined)
    await crew.end()
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
  }
}

/** Signs everybody up and in; as many at once as hash at once. */
async function populate(people: People, { users, devices }: FaultPlan): Promise<void> {
  let left = users * (devices - 1)
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      while (left-- > 0) await people.replenish()
    }),
  )
}

function meansOf({ store, nodes }: FaultPlan): Parameters<typeof schedule>[1] {
  const [faketime, slow] = [libfaketime() !== undefined, strace() !== undefined]
  return { postgres: store === 'postgres', nodes: nodes > 1, faketime, strace: slow }
}

/** When the time is over; where a kind of fault has not come by then, since the machine is slow, up to as long again. */
async function enough(seconds: number, over: Promise<void>, missing: () => readonly string[]): Promise<void> {
  const begin = performance.now()
  const passed = (): number => (performance.now() - begin) / 1000
  let isOver = false
  void over.then(() => {
    isOver = true
  })
  while (!isOver && (passed() < seconds || (passed() < 2 * seconds && seconds >= shortestWhole && missing().length > 0)))
    await new Promise((later) => setTimeout(later, 500))
}

/** The name under which the history has what the machine itself did to everybody. */
export const stall = 'the machine stalled'

/** Where a bare long poll took this long, or the harness's own turn, verifiers may have stood as long: that is everybody's fault. In milliseconds. */
const stalled = 400

function openStalls(history: History, severs: readonly string[]): { seen(from: number, to: number): void; stop(): void } {
  let fault = 1_000_000
  const seen = (from: number, to: number): void => {
    if (to - from < stalled) return
    fault += 1
    const on = `${(to - from).toFixed(0)} ms`
    history.take({ what: 'fault', at: from, fault, kind: stall, on, isPlanned: false, severs, holds: true, recovers: 3000 })
    history.take({ what: 'fault over', at: to, fault })
  }
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    seen(last, now - 100)
    last = now
  }, 100)
  return { seen, stop: () => clearInterval(timer) }
}
