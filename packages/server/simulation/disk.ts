import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writableMemory } from './writable-memory.ts'

/** The issuer's disk in one run: files that outlive its processes. */
export interface Disk {
  /** Where the database is now. */
  path(): string
  /**
   * After a crash: another path with all that was written until now. The dead process still has its file open, and its lock; a real one
   * would have lost both. `close` lets go of it.
   */
  afterCrash(close: () => void): string
  remove(): void
}

let folder: string | undefined
let count = 0

/** A folder of this process, in memory where there is such a place: the simulator is about order, not about the disk. */
export function scratch(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(writableMemory() ?? tmpdir(), 'curfew-simulation-'))
    process.once('exit', () => rmSync(made, { recursive: true, force: true }))
    folder = made
  }
  return folder
}

/** A disk with a copy of this database on it. */
export function createDisk(template: string): Disk {
  const place = join(scratch(), `run-${++count}`)
  mkdirSync(place, { recursive: true })
  let life = 0
  let path = join(place, '0.db')
  copyDatabase(template, path)
  return {
    path: () => path,
    afterCrash(close) {
      const next = join(place, `${++life}.db`)
      copyDatabase(path, next)
      close()
      path = next
      return next
    },
    remove: () => rmSync(place, { recursive: true, force: true }),
  }
}

function copyDatabase(from: string, to: string): void {
  copyFileSync(from, to)
  if (existsSync(`${from}-wal`)) copyFileSync(`${from}-wal`, `${to}-wal`)
}
