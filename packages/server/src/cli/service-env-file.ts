import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { CurfewError } from '../errors.ts'

/** A file that is ours and still empty. */
export interface EnvFile {
  /** Puts the settings in, or removes the file and says what is lost. */
  fill(values: Readonly<Record<string, string>>): void
  /** It is not needed after all. */
  discard(): void
}

/**
 * Takes a name for the environment of a service before any key is made: a key is shown once, so nothing may be in its way afterwards. `wx`:
 * what is there stays, and a link is not followed.
 */
export function reserveEnvFile(path: string): EnvFile {
  let file: number
  try {
    file = openSync(path, 'wx', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new CurfewError(`There is a file ${path} already: it was left as it is, and no key was made. Say another name, or remove it.`)
  }
  const discard = (): void => {
    closeSync(file)
    rmSync(path, { force: true })
  }
  return {
    fill(values) {
      try {
        writeSync(file, linesOf(values))
      } catch (error) {
        discard()
        throw error
      }
      closeSync(file)
    },
    discard,
  }
}

/** As Node's `--env-file` reads it: quoted only where it must be, since a shell and Docker read it, too. */
function linesOf(values: Readonly<Record<string, string>>): string {
  const line = ([name, value]: [string, string]): string => {
    const bare = `${name}=${value}`
    return `${parseEnv(bare)[name] === value ? bare : `${name}='${value}'`}\n`
  }
  return Object.entries(values).map(line).join('')
}
