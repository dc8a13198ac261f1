import { CurfewError } from './errors.ts'

/** Refuses an older Node in a sentence; an application that mounts Curfew is started by its own, whatever `engines` says. */
export function requireNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 24 || (major === 24 && minor >= 15)) return
  throw new CurfewError(`curfew needs Node 24.15 or newer, and this is ${version}. Start the application with a newer one.`)
}
