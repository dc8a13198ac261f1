import { existsSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'

/** The text of a script for the browser: what the compiler made of it, or, from the sources, the same file without its types. */
export function browserScript(source: URL): string {
  const compiled = new URL(source.href.replace(/\.ts$/, '.js'))
  if (existsSync(compiled)) return readFileSync(compiled, 'utf8')
  return stripTypeScriptTypes(readFileSync(source, 'utf8'))
}
