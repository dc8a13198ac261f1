import type { Terminal } from './terminal.ts'

/** A bar, in one line of a terminal. */
export interface ImportProgress {
  /** So many bytes of the file were read. */
  read(bytes: number): void
  /** So many people are done. */
  done(people: number): void
  /** Takes it away, so that something else can be said. */
  clear(): void
  stop(): void
}

const width = 24

/** Shows, from one second on, how far an import is; of `size` bytes where that is known. On a terminal only. */
export function importProgress({ stderr, after }: Pick<Terminal, 'stderr' | 'after'>, size: number | undefined): ImportProgress {
  let people = 0
  let bytes = 0
  let isShown = false
  let callOff = stderr.isTTY ? after(1000, show) : () => undefined

  function show(): void {
    isShown = true
    stderr.write(`\r\u001b[K${barOf(people, size === undefined ? undefined : bytes / Math.max(1, size))}`)
    callOff = after(250, show)
  }

  const clear = (): void => {
    if (isShown) stderr.write('\r\u001b[K')
    isShown = false
  }
  return {
    read(more) {
      bytes += more
    },
    done(more) {
      people += more
    },
    clear,
    stop() {
      callOff()
      clear()
    },
  }
}

/** "[######------------------]  25 %  12,000 people". */
export function barOf(people: number, part: number | undefined): string {
  const count = `${people.toLocaleString('en')} people`
  if (part === undefined) return count
  const full = Math.min(width, Math.floor(part * width))
  return `[${'#'.repeat(full)}${'-'.repeat(width - full)}] ${String(Math.min(100, Math.floor(part * 100))).padStart(3)} %  ${count}`
}
