import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Something that is done over and over in this process. */
export interface Contender {
  readonly name: string
  /** Does so many operations; says how many came out well, which must be all. */
  run(times: number): number | Promise<number>
  /** How many at a time: some milliseconds' worth. */
  readonly batch: number
}

/** Microseconds of CPU an operation, of the whole process (so what a library does in other threads counts), one figure a round. */
export type Cost = ReadonlyMap<string, readonly number[]>

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Lets the contenders take turns, `turn` milliseconds each; each round begins with another one, and a round before the first is not counted. */
export async function interleave(contenders: readonly Contender[], { rounds, turn }: { rounds: number; turn: number }): Promise<Cost> {
  const cost = new Map<string, number[]>(contenders.map(({ name }) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (let place = 0; place < contenders.length; place++) {
      const contender = contenders[(round + place) % contenders.length]!
      collectGarbage() // nobody pays for another's garbage
      await new Promise((next) => setImmediate(next)) // what waits for its turn, such as a lease, gets it
      const each = await takeTurn(contender, turn)
      if (round > 0) cost.get(contender.name)!.push(each)
    }
  }
  return cost
}

async function takeTurn({ name, run, batch }: Contender, turn: number): Promise<number> {
  const end = performance.now() + turn
  const before = process.cpuUsage()
  let done = 0
  let good = 0
  do {
    const answer = run(batch)
    good += typeof answer === 'number' ? answer : await answer
    done += batch
  } while (performance.now() < end)
  const { user, system } = process.cpuUsage(before)
  if (good !== done) throw new Error(`${name}: ${done - good} of ${done} operations did not come out well.`)
  return (user + system) / done
}
