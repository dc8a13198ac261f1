import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Instant } from '../../domain/instant.ts'

/** Notes who holds the file, for whoever comes second. Only a note: the lock is SQLite's. */
export function writeOwner(path: string, since: Instant): void {
  mkdirSync(`${path}.control`, { recursive: true, mode: 0o700 })
  writeFileSync(ownerFile(path), `${JSON.stringify({ pid: process.pid, since })}\n`, { mode: 0o600 })
}

/** Takes the note away. */
export function removeOwner(path: string): void {
  rmSync(ownerFile(path), { force: true })
}

/** Who holds the file, in words. */
export function readOwner(path: string): string {
  try {
    const { pid, since } = JSON.parse(readFileSync(ownerFile(path), 'utf8')) as { pid: number; since: Instant }
    return `process ${pid}, since ${new Date(since).toISOString()}`
  } catch {
    return 'another process'
  }
}

function ownerFile(path: string): string {
  return join(`${path}.control`, 'owner')
}
