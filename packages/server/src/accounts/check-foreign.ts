import { pbkdf2, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { verify as verifyArgon2 } from '@node-rs/argon2'
import { normalisePassword } from '../domain/password-policy.ts'
import { OAuthError } from '../errors.ts'
import type { ForeignHash } from './read-hash.ts'

/** bcrypt looks at no more bytes than these. */
export const bcryptBytes = 72

/** Whether a password is the one of a hash that another system made. It hashed what was typed, or one form of it: both are tried. */
export async function checkForeign(password: string, stored: string, hash: ForeignHash): Promise<boolean> {
  for (const typed of new Set([password, normalisePassword(password)])) if (await check(typed, stored, hash)) return true
  return false
}

async function check(typed: string, stored: string, hash: ForeignHash): Promise<boolean> {
  const bytes = Buffer.from(typed)
  switch (hash.kind) {
    case 'argon2':
      return verifyArgon2(stored, typed)
    case 'bcrypt': {
      // C libraries read up to the first zero byte: `abc\0anything` would be `abc`. Nobody types one.
      if (typed.includes('\0')) return false
      const { verify } = await loadBcrypt()
      return verify(bytes.subarray(0, bcryptBytes), canonicalBcrypt(stored))
    }
    case 'scrypt': {
      const { n, r, p } = hash
      const maxmem = 128 * r * (n + p + 2) + 1024
      const key = await scryptKey(bytes, hash.salt, hash.key.length, { N: n, r, p, maxmem })
      return timingSafeEqual(key, hash.key)
    }
    case 'pbkdf2':
      return timingSafeEqual(await pbkdf2Key(bytes, hash.salt, hash.rounds, hash.key.length, hash.digest), hash.key)
  }
}

const bcrypt64 = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/**
 * Salt and key are 16 and 23 bytes, so that the last letter of each has bits that mean nothing. Some systems left them set; the library takes such
 * a spelling for no hash, and answers at once, which would also tell that there is such an account (LG-1).
 */
function canonicalBcrypt(stored: string): string {
  const cleared = (at: number, bits: number): string => bcrypt64[bcrypt64.indexOf(stored[at]!) & bits]!
  return `${stored.slice(0, 28)}${cleared(28, 0x30)}${stored.slice(29, 59)}${cleared(59, 0x3c)}`
}

/** Whether bcrypt is installed. */
export async function hasBcrypt(): Promise<boolean> {
  return loadBcrypt().then(
    () => true,
    () => false,
  )
}

async function loadBcrypt(): Promise<typeof import('@node-rs/bcrypt')> {
  try {
    return await import('@node-rs/bcrypt')
  } catch {
    throw new OAuthError('temporarily_unavailable', 'bcrypt_not_installed', {
      description: 'Signing in does not work right now. Try again.',
    })
  }
}

const pbkdf2Key = promisify(pbkdf2)

function scryptKey(
  password: Uint8Array,
  salt: Uint8Array,
  length: number,
  options: { N: number; r: number; p: number; maxmem: number },
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, options, (error, key) => (error ? reject(error) : resolve(key)))
  })
}
