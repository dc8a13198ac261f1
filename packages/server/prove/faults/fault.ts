import { fastest, slowest } from './clocks.ts'
import type { Doing } from './inject.ts'
import type { Member } from './member.ts'
import type { Way, Weather } from './network.ts'

/** Carries out one fault. */
export type Fault = (doing: Doing) => Promise<void>

/** D2: latency up to some hundredths of the lease each way is expected: nobody good is refused for it. In milliseconds. */
const slowestWay = 150

/** Somebody to whom nothing else happens now. */
export async function taking(list: readonly Member[], target: number, act: (one: Member, index: number) => Promise<void>): Promise<void> {
  const free = list.filter(({ isTaken }) => !isTaken)
  const one = free[target % free.length]
  if (!one) return
  one.isTaken = true
  try {
    await act(one, list.indexOf(one))
  } finally {
    one.isTaken = false
  }
}

/** How a process whose clocks go at another rate is started: at one of the two ends of what D1 has room for, or in between. */
export function anotherRate(size: number): { are: 'of another rate'; rate: number } {
  const rate = size < 0.35 ? slowest : size > 0.65 ? fastest : slowest + (fastest - slowest) * size
  return { are: 'of another rate', rate: Math.round(rate * 10_000) / 10_000 }
}

const weatherOf = (kind: string, size: number): Weather => {
  if (kind.endsWith(' cut')) return { is: 'cut' }
  if (kind.includes(' silent')) return { is: 'silent' }
  if (kind.endsWith(' slow')) return { is: 'slow', ms: 20 + size * (slowestWay - 20) }
  if (kind.endsWith(' lossy')) return { is: 'lossy', share: 0.01 + size * 0.04 }
  return { is: 'twice', share: 0.5, ms: 2500 }
}

/** The weather on a way, for as long as the fault lasts. */
export async function weather({ planned, wait }: Doing, way: Way): Promise<void> {
  way.weather(weatherOf(planned.kind, planned.size))
  await wait(planned.lasts)
  way.weather({ is: 'clear' })
}

/** Whether nothing comes through meanwhile. */
export function breaks(kind: string): boolean {
  return kind.endsWith(' cut') || kind.includes(' silent')
}
