import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The master secret that a new `.env` gets, and how that is told; none where another one has sealed the database that is there. */
export interface InitSecret {
  readonly secret: string | undefined
  readonly what: string
}

/** A database that was made before `curfew init` opens with the secret that it was made with, and with no fresh one (JK-5). */
export function secretFor(folder: string, database: string): InitSecret {
  const keyFile = `${database}.key`
  if (existsSync(join(folder, keyFile))) {
    const secret = readFileSync(join(folder, keyFile), 'utf8').trim()
    // As a line of `.env` it must mean the same: what a start makes always does.
    if (/^[\w+/=-]{32,}$/.test(secret))
      return { secret, what: `with the CURFEW_SECRET of ${keyFile}, which opens ${database}; for its owner only` }
    return { secret: undefined, what: `without a CURFEW_SECRET: the one in ${keyFile} is used` }
  }
  if (existsSync(join(folder, database)))
    return { secret: undefined, what: `without a CURFEW_SECRET: add the one that ${database} was made with, a fresh one would not open it` }
  return { secret: randomBytes(48).toString('base64url'), what: 'a fresh CURFEW_SECRET; for its owner only' }
}
