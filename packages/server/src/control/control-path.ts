import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Where a running server listens for commands about this database; undefined: nobody can. */
export function controlPath(database: string): string | undefined {
  if (process.platform === 'win32') return pipeName(database)
  const path = readWhere(database) ?? join(controlFolder(database), 'socket')
  return existsSync(path) ? path : undefined
}

/** The folder beside the file, for its owner only (contract §7). */
export function controlFolder(database: string): string {
  return `${resolve(database)}.control`
}

/** Where the socket is, if its path beside the file were too long. */
export function readWhere(database: string): string | undefined {
  try {
    return readFileSync(join(controlFolder(database), 'where'), 'utf8').trim()
  } catch {
    return undefined
  }
}

/** The named pipe of a database on Windows. */
export function pipeName(database: string): string {
  return `\\\\.\\pipe\\curfew-${createHash('sha256').update(resolve(database)).digest('hex').slice(0, 32)}`
}
