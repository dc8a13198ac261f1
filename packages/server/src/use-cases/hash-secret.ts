import { createHash, timingSafeEqual } from 'node:crypto'
import type { Hash } from '../domain/names.ts'

/** SHA-256, base64url: how secrets of 256 random bits are stored (contract §1). Passwords never are: they have too little chance in them. */
export function hashSecret(secret: string): Hash {
  return createHash('sha256').update(secret, 'utf8').digest('base64url')
}

/** Whether a presented secret is the stored one, in constant time (TK-4). No stored one: still one hash, and no. */
export function isSecret(presented: string, stored: Hash | undefined): boolean {
  const given = Buffer.from(hashSecret(presented))
  const right = Buffer.from(stored ?? hashSecret(''))
  return given.length === right.length && timingSafeEqual(given, right) && stored !== undefined
}
