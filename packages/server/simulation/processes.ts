import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Scenario } from './scenario.ts'
import { play, type Row, together, told } from './search.ts'

/** What is to be played, all processes together. */
export interface Wanted {
  readonly from: number
  readonly seeds: number
  readonly workers: number | undefined
  /** The one scenario, where it is only one. */
  readonly only: string | undefined
  readonly lean: boolean
}

/** How many seeds each scenario gets: by its weight, so that what takes long does not take all the time. */
export function shares(scenarios: readonly Scenario[], seeds: number): readonly number[] {
  const weights = scenarios.map(({ weight = 1 }) => weight)
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => Math.max(1, Math.round((seeds * weight) / whole)))
}

/** Shares the seeds among processes; a row a scenario. */
export async function playInProcesses(scenarios: readonly Scenario[], wanted: Wanted): Promise<readonly Row[]> {
  const { from, seeds, only, lean } = wanted
  const workers = Math.min(wanted.workers ?? Math.min(availableParallelism(), 8), seeds)
  const parts = await Promise.all(
    Array.from({ length: workers }, (_, index) => inProcess(`${index}/${workers} ${from}+${seeds}`, only, lean)),
  )
  return scenarios.map(({ name }) => ({ ...together(parts.flat().filter(({ scenario }) => scenario === name)), scenario: name }))
}

/** In such a process: its part of each scenario's seeds, told to the one that started it. */
export async function playPart(part: string, scenarios: readonly Scenario[]): Promise<void> {
  const [index = 0, workers = 1, from = 1, seeds = 1] = (/^(\d+)\/(\d+) (\d+)\+(\d+)$/.exec(part) ?? []).slice(1).map(Number)
  const rows: Row[] = []
  for (const [at, count] of shares(scenarios, seeds).entries()) {
    const [first, end] = [Math.floor((count * index) / workers), Math.floor((count * (index + 1)) / workers)]
    let shown = false
    rows.push(
      await play(scenarios[at]!, from + first, end - first, (outcome) => {
        if (!shown) process.stderr.write(`${told(outcome)}\n`)
        shown = true
      }),
    )
  }
  process.send?.(rows)
}

function inProcess(part: string, only: string | undefined, lean: boolean): Promise<Row[]> {
  const forwarded = ['--part', part, ...(only === undefined ? [] : ['--scenario', only]), ...(lean ? ['--lean'] : [])]
  // Short-lived values are many, and nobody reads a stack.
  const execArgv = ['-C', 'curfew-source', '--max-semi-space-size=128', '--min-semi-space-size=64', '--stack-trace-limit=0']
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'main.ts'), forwarded, { execArgv })
    let rows: Row[] | undefined
    child.on('message', (message) => {
      rows = message as Row[]
    })
    child.on('exit', (code) =>
      rows ? resolve(rows) : reject(new Error(`A part of the simulation ended with code ${code} before its time.`)),
    )
  })
}
