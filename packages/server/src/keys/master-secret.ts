import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { CurfewError } from '../errors.ts'
import type { Logger } from '../use-cases/needs.ts'

const least = 32

/**
 * The secret under which keys are sealed at rest (contract §7): given, or from a file; without one, a loopback issuer makes a random file
 * of mode 0600 beside the database and says so; any other issuer does not start.
 */
export function masterSecret(
  given: string | undefined,
  where: { readonly database: string; readonly loopback: boolean },
  log: Logger,
): Uint8Array {
  if (given !== undefined) return checked(given)
  if (where.database === ':memory:') return randomBytes(least)
  const path = `${where.database}.key`
  if (existsSync(path)) return checked(readFileSync(path, 'utf8').trim())
  if (!where.loopback) {
    throw new CurfewError(
      'No master secret. Set CURFEW_SECRET to at least 32 random characters (for example: openssl rand -base64 48), and keep it: the keys in the database are sealed with it.',
    )
  }
  const made = randomBytes(48).toString('base64url')
  const file = openSync(path, 'wx', 0o600)
  try {
    writeSync(file, `${made}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  log.warn({ event: 'master_secret.made', path }, `made a master secret in ${path}; set CURFEW_SECRET for anything but development`)
  return checked(made)
}

function checked(secret: string): Uint8Array {
  if (secret.length < least || new Set(secret).size < 10) {
    throw new CurfewError(
      'The master secret is too weak: CURFEW_SECRET needs at least 32 random characters (for example: openssl rand -base64 48).',
    )
  }
  return Buffer.from(secret, 'utf8')
}
