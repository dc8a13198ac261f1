import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

let ticks: number | undefined

/** Microseconds of CPU that a PostgreSQL has used, its backends with it, those that are gone too; from /proc, so Linux only. */
export function postgresCpu(postmaster: number): number {
  ticks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
  let sum = 0
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const fields = statOf(name)
    if (!fields) continue
    const [parent, user, system, goneUser, goneSystem] = [1, 11, 12, 13, 14].map((place) => Number(fields[place])) as [
      number,
      number,
      number,
      number,
      number,
    ]
    if (Number(name) === postmaster) sum += user + system + goneUser + goneSystem
    else if (parent === postmaster) sum += user + system
  }
  return (sum / ticks) * 1e6
}

/** proc(5), the fields after the name, which may have spaces in it. */
function statOf(pid: string): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined // it ended meanwhile
  }
}
