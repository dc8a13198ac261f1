import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import type { Plan } from './files.ts'
import type { InitSecret } from './secret.ts'

/** What became of one file. */
export interface Written {
  readonly path: string
  readonly did: 'wrote' | 'added' | 'kept'
  readonly what: string
}

/** Everything that is written into a project: each only where nothing is. */
export function writeFiles(
  folder: string,
  plan: Pick<Plan, 'files'> & { readonly ignored?: Plan['ignored'] | undefined },
  env: { readonly settings: Readonly<Record<string, string>> } & InitSecret,
): Written[] {
  const files = plan.files.map(({ path, text, what }) => writeNew(folder, path, text, what))
  // First the line that keeps the secret out of a repository, then the secret.
  const ignored = ignore(folder, ['.env', 'curfew.db*', ...(plan.ignored ?? [])])
  return [...files, writeEnv(folder, env), ignored]
}

/** `wx`: what is there stays, a link is not followed, and of two at once one writes. */
function writeNew(folder: string, path: string, text: string, what: string, mode: number = 0o666): Written {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  try {
    writeFileSync(file, text, { flag: 'wx', mode })
    return { path, did: 'wrote', what }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const isSame = readFileSync(file, 'utf8') === text
    return { path, did: 'kept', what: isSame ? 'as it was written before' : 'it is there already, and was not changed' }
  }
}

/** A `.env` that is there is not touched: it may be in a repository, where a secret has no business. */
function writeEnv(
  folder: string,
  { settings, secret, what: told }: { readonly settings: Readonly<Record<string, string>> } & InitSecret,
): Written {
  const lines = Object.entries(secret === undefined ? settings : { ...settings, CURFEW_SECRET: secret }).map(
    ([name, value]) => `${name}=${value}\n`,
  )
  const written = writeNew(folder, '.env', lines.join(''), told, 0o600)
  if (written.did === 'wrote') return written
  const there = parseEnv(readFileSync(join(folder, '.env'), 'utf8'))
  const other = (['CURFEW_ISSUER', 'CURFEW_AUDIENCE'] as const).find((name) => (there[name] ?? settings[name]) !== settings[name])
  const differs = other ? `; .env says ${other}=${there[other]}: change it there` : ''
  const isMade = existsSync(join(folder, there.CURFEW_DATABASE ?? settings.CURFEW_DATABASE ?? ''))
  const what = there.CURFEW_SECRET
    ? 'it has a CURFEW_SECRET'
    : isMade
      ? `it has no CURFEW_SECRET: ${settings.CURFEW_DATABASE} opens with the one that it was made with`
      : 'it has no CURFEW_SECRET: add one, at least 32 random characters (for example: openssl rand -base64 48)'
  return { path: '.env', did: 'kept', what: what + differs }
}

function ignore(folder: string, lines: readonly string[]): Written {
  const path = '.gitignore'
  const file = join(folder, path)
  const before = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const there = new Set(before.split(/\r?\n/).map((line) => line.trim().replace(/^\//, '')))
  const missing = lines.filter((line) => !there.has(line))
  if (missing.length === 0) return { path, did: 'kept', what: `it has ${lines.join(' and ')}` }
  appendFileSync(file, `${before === '' || before.endsWith('\n') ? '' : '\n'}${missing.join('\n')}\n`)
  return { path, did: before === '' ? 'wrote' : 'added', what: missing.join(', ') }
}
