import { duration } from './print.ts'
import type { Terminal } from './terminal.ts'

/** What `verifiers` in control/ says, as far as it is needed here. */
export interface Standing {
  readonly head: number
  readonly settled: boolean
  readonly verifiers: readonly { readonly service: string; readonly lag: number; readonly lease_ms: number }[]
}

/**
 * From one second on, says on a terminal what is waited for, in one line that goes away when the answer comes. Gives back how to stop it.
 */
export function showProgress(terminal: Terminal, inquire: () => Promise<Standing | undefined>): () => void {
  const { stderr } = terminal
  if (!stderr.isTTY) return () => undefined
  let isOver = false
  let isShown = false
  let seconds = 0
  let callOff = terminal.after(1000, () => void show())

  async function show(): Promise<void> {
    seconds += 1
    const standing = await inquire().catch(() => undefined)
    if (isOver) return
    isShown = true
    stderr.write(`\r\u001b[K${waitingFor(standing, seconds)}`.slice(0, (stderr.columns || 80) + 3))
    callOff = terminal.after(1000, () => void show())
  }

  return () => {
    isOver = true
    callOff()
    if (isShown) stderr.write('\r\u001b[K')
  }
}

/** What is waited for, in one sentence. */
export function waitingFor(standing: Standing | undefined, seconds: number): string {
  const behind = standing?.verifiers.filter(({ lag }) => lag > 0) ?? []
  const names = [...new Set(behind.map(({ service }) => service))]
  const left = Math.max(0, ...behind.map(({ lease_ms }) => lease_ms))
  if (names.length > 0) {
    const who = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
    return `waiting for ${who}: ${names.length === 1 ? 'its lease runs' : 'their leases run'} out in ${duration(left / 1000)}`
  }
  if (standing && !standing.settled) return `waiting ${seconds} s: after a stop that was not clean, one lease must pass`
  return `waiting ${seconds} s`
}
