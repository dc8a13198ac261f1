import { rmSync } from 'node:fs'
import { signal, withChildren } from './children.ts'

/**
 * Outlives the harness by a moment: whatever it leaves behind, stopped or not, is continued and ended. So no process of a run that was
 * killed stays on the machine.
 */
const ours = new Set<number>()
const folders: string[] = []
process.on('message', ({ add, remove, folder }: { add?: number; remove?: number; folder?: string }) => {
  if (folder !== undefined) folders.push(folder)
  if (add !== undefined) ours.add(add)
  if (remove !== undefined) ours.delete(remove)
})
process.once('disconnect', () => {
  for (const pid of ours) {
    const all = withChildren(pid)
    signal(all, 'SIGKILL') // ends a stopped process as well
    signal(all, 'SIGCONT')
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  process.exit(0)
})
// A Ctrl-C is for the harness, whose end ends us.
process.on('SIGINT', () => undefined)
process.send?.({ ready: process.pid })
