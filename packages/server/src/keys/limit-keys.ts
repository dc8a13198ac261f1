import { createHmac } from 'node:crypto'
import type { LimitName } from '../domain/limits.ts'
import type { Hash } from '../domain/names.ts'
import { deriveKey } from './sealing.ts'

/** The key under which something is counted. */
export type LimitKeys = (name: LimitName, what: string) => Hash

/** Names and addresses are few enough to be guessed from a plain hash: with a key of the issuer's a stolen database tells nobody who tried. */
export function openLimitKeys(masterSecret: Uint8Array): LimitKeys {
  const key = deriveKey(masterSecret, 'curfew limits v1')
  return (name, what) => createHmac('sha256', key).update(`${name}\0${what}`).digest('base64url')
}
