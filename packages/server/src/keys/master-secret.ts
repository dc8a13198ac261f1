import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { CurfewError } from '../errors.ts'
import type { Logger } from '../use-cases/needs.ts'

const least = 32

/**
 * The secret under which keys are sealed at rest (contract §7): given, or from a file; without one, a loopback issuer makes a random file
 * of mode 0600 beside the database and says so; any other issuer does not start. Refuses at once; makes the file only when it is called
 * for, so that a database which cannot be opened leaves none behind; `hasKeys`: not for one whose keys another secret has sealed. No database file: PostgreSQL, whose nodes share a secret that is given.
 */
export function masterSecret(
  given: string | undefined,
  where: { readonly database: string | undefined; readonly loopback: boolean },
  log: Logger,
): (hasKeys: boolean) => Uint8Array {
  const path = `${where.database}.key`
  const isFile = where.database !== undefined && where.database !== ':memory:'
  const found = given ?? (isFile && existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined)
  if (found !== undefined) {
    const secret = checked(found, given === undefined ? `in ${path}` : 'in CURFEW_SECRET')
    return () => secret
  }
  if (where.database === ':memory:') return () => randomBytes(least)
  if (!where.loopback || !isFile) {
    throw new CurfewError(
      `No master secret. Set CURFEW_SECRET to at least 32 random characters (for example: openssl rand -base64 48), and keep it: the keys in the database are sealed with it.${unreadEnvFile()}`,
    )
  }
  return (hasKeys) => {
    if (hasKeys) {
      throw new CurfewError(
        `The database ${where.database} was used before and has signing keys, and the secret that opens them is missing: put ${path} back, or set CURFEW_SECRET to what it was. If both are lost, begin with a new database: everybody signs in anew.${unreadEnvFile()}`,
      )
    }
    const made = randomBytes(48).toString('base64url')
    // Whole or not at all: under another name first, then linked to its own, which fails where another process was faster.
    const draft = `${path}.${process.pid}`
    const file = openSync(draft, 'wx', 0o600)
    try {
      writeSync(file, `${made}\n`)
      fsyncSync(file)
      linkSync(draft, path)
    } finally {
      closeSync(file)
      rmSync(draft, { force: true })
    }
    const said = `made a master secret in ${path}; set CURFEW_SECRET for anything but development`
    log.warn({ event: 'master_secret.made', path }, unreadEnvFile() === '' ? said : `${said}.${unreadEnvFile()}`)
    return Buffer.from(made, 'utf8')
  }
}

/** Most often a secret is missing since the file that `curfew init` put it into was not read: said, where one is in this folder. */
export function unreadEnvFile(file: string = '.env'): string {
  try {
    if (!parseEnv(readFileSync(file, 'utf8')).CURFEW_SECRET) return ''
  } catch {
    return '' // There is none, or it is not for us to read.
  }
  return ' The .env in this folder has a CURFEW_SECRET, which was not read: start with node --env-file=.env (nest start --env-file .env).'
}

function checked(secret: string, where: string): Uint8Array {
  if (secret.length < least || new Set(secret).size < 10) {
    throw new CurfewError(
      `The master secret ${where} is too weak: it needs at least 32 random characters (for example: openssl rand -base64 48).`,
    )
  }
  return Buffer.from(secret, 'utf8')
}
