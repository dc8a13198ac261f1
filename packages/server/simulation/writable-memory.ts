import { accessSync, constants } from 'node:fs'

/** A folder that is in memory, where the system has one. */
export function writableMemory(): string | undefined {
  try {
    accessSync('/dev/shm', constants.W_OK)
    return '/dev/shm'
  } catch {
    return undefined
  }
}
