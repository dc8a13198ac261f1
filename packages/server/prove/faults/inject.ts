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
  /** No node runs any more, and a backup takes the place of the database. */
  restored(): void
}

/** Carries faults out, one at a time for each lane, and those that are alone alone. */
export interface Injector {
  /** Resolves when it is over. */
  inject(planned: Planned): Promise<void>
  readonly problems: readonly string[]
}

/** Opens one; `sleep` returns early when the run is over. */
export function openInjector(given: {
  readonly crew: Crew
  readonly history: History
  readonly sleep: (milliseconds: number) => Promise<void>
  /** A restore begins: whoever lives is ended by it. */
  readonly restored: () => void
}): Injector {
  const { crew, history, sleep, restored } = given
  const problems: string[] = []
  let count = 0
  let others = 0
  let isAlone = false
  const waiting: (() => void)[] = []
  const changed = (): void => {
    for (const wake of waiting.splice(0)) wake()
  }
  /** Those that are alone wait for all others, and then all others for them. */
  const enter = async (alone: boolean): Promise<void> => {
    while (isAlone || (alone && others > 0)) await new Promise<void>((wake) => waiting.push(wake))
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
    } catch (error) {
      problems.push(`${planned.kind}: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      if (hasBegun) history.take({ what: 'fault over', at: performance.now(), fault })
      leave(alone)
    }
  }
  return { inject, problems }
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
