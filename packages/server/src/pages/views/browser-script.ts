import { existsSync, readFileSync } from 'node:fs'

/** The text of a script for the browser: what the compiler made of it, or, from the sources, the same file without its types. */
export function browserScript(source: URL): string {
  const compiled = new URL(source.href.replace(/\.ts$/, '.js'))
  return existsSync(compiled) ? readFileSync(compiled, 'utf8') : withoutTypes(readFileSync(source, 'utf8'))
}

/** Only when Curfew runs from its sources, where Node strips types anyway and does not call that experimental. Not imported: an older Node would stop there, without a sentence. */
function withoutTypes(text: string): string {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return process.getBuiltinModule('node:module').stripTypeScriptTypes(text)
  } finally {
    process.emitWarning = emitWarning
  }
}
