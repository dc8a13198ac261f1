import { signal } from './children.ts'
import { leap } from './clocks.ts'
import type { Crew } from './crew.ts'
import type { FaultBegins, History } from './history.ts'
import { everyFault } from './kinds-of-fault.ts'
import { faultKinds, type Planned } from './schedule.ts'

/** What a fault is told when it is carried out. */
export interface Doing {
  readonly crew: Crew
  readonly planned: Planned
  /** Writes its beginning into the history. Called exactly once, before anything is done. */
  begins(on: string, what?: Partial<Pick<FaultBegins, 'severs' | 'holds' | 'recovers'>>): void
  /** Passes after so many milliseconds, or at once when the run is over. */
  wait(milliseconds: number): Promise<void>
  note(event: Parameters<History['take']>[0]): void
  /** A restore begins; and again: it is over. */
  restored(): void
}

/** Carries faults out, one at a time for each lane, and those that are alone alone. */
export interface Injector {
  /** Resolves when it is over. */
  inject(planned: Planned): Promise<void>
  readonly problems: readonly string[]
  /** The kinds that were carried out at least once, whole. */
  readonly done: ReadonlySet<string>
}

/** Milliseconds in which a verifier that lost its lease has another one, once all nodes are well: its patience and a moment (V8). */
const untilCalm = 2500

/** Opens one; `sleep` returns early when the run is over. */
export function openInjector(given: {
  readonly crew: Crew
  readonly history: History
  readonly sleep: (milliseconds: number) => Promise<void>
  /** A restore begins, and whoever lives is ended by it; then it is over. */
  readonly restored: () => void
}): Injector {
  const { crew, history, sleep, restored } = given
  const problems: string[] = []
  const done = new Set<string>()
  let count = 0
  let others = 0
  let wantAlone = 0
  let isAlone = false
  const waiting: (() => void)[] = []
  const changed = (): void => {
    for (const wake of waiting.splice(0)) wake()
  }
  /** Those that are alone wait for all that are under way, and all others for them: no other begins while one waits, or it would wait for ever. */
  const enter = async (alone: boolean): Promise<void> => {
    if (alone) wantAlone += 1
    while (isAlone || (alone ? others > 0 : wantAlone > 0)) await new Promise<void>((wake) => waiting.push(wake))
    if (alone) wantAlone -= 1
    if (alone) isAlone = true
    else others += 1
  }
  const leave = (alone: boolean): void => {
    if (alone) isAlone = false
    else others -= 1
    changed()
  }

  async function inject(planned: Planned): Promise<void> {
    const { isAlone: alone = false, isPlanned = false } = faultKinds[planned.kind]!
    await enter(alone)
    if (isPlanned) await calm()
    count += 1
    const fault = count
    let hasBegun = false
    try {
      await everyFault[planned.kind]!({
        crew,
        planned,
        begins(on, { severs = [], holds = false, recovers = 3000 } = {}) {
          hasBegun = true
          const at = performance.now()
          history.take({ what: 'fault', at, fault, kind: planned.kind, on, isPlanned, severs, holds, recovers })
        },
        wait: sleep,
        note: history.take,
        restored() {
          history.take({ what: 'restored', at: performance.now() })
          restored()
        },
      })
      if (hasBegun) done.add(planned.kind)
    } catch (error) {
      problems.push(`${planned.kind}: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      if (hasBegun) history.take({ what: 'fault over', at: performance.now(), fault })
      leave(alone)
    }
  }

  /** What is planned is begun as operators do: when every node is in, and what came before is over. Nobody delays it for ever. */
  async function calm(): Promise<void> {
    for (let tries = 0; tries < 100 && crew.pool.inside().length < crew.nodes.length; tries += 1) await sleep(100)
    await sleep(untilCalm)
  }
  return { inject, problems, done }
}

/** When the run is over: nobody is stopped any more, every way is clear, every clock true. */
export function makeWell({ nodes, services, ways, postgres }: Crew): void {
  for (const way of [ways.people, ...ways.services, ...ways.database]) way.weather({ is: 'clear' })
  for (const { running, clocks } of [...nodes, ...services]) {
    running?.kill('SIGCONT')
    if (clocks.are === 'leaping') leap(clocks.file, 0)
  }
  if (postgres) signal(postgres.pids(), 'SIGCONT')
  if (postgres?.clock !== undefined) leap(postgres.clock, 0)
}
