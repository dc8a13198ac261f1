import { readFileSync } from 'node:fs'

/** Which Curfew this is. */
export function version(): string {
  return (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version
}
