import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { normalisePassword } from '../domain/password-policy.ts'
import { OAuthError } from '../errors.ts'
import type { Passwords } from '../use-cases/needs.ts'
import { bcryptBytes, checkForeign, hasBcrypt } from './check-foreign.ts'
import { readHash } from './read-hash.ts'

/** OWASP's first choice for Argon2id: 19 MiB, two passes, one lane. */
/* 2: Argon2id */
const cost = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
/** How a hash of ours begins. */
const ours = '$argon2id$v=19$m=19456,t=2,p=1$'

/** How many may wait for their turn. Beyond that a sign-in is told to come back, before it costs anything. */
const longestLine = 256

/**
 * Argon2id in the thread pool, few at a time: files and name look-ups need threads, too (spike §3). Hashes of other systems wait in the same queue;
 * who is known (signed in, on a device that was, or with a mailed link) waits in a line before that of strangers, who could fill theirs (LG-2).
 */
export function openPasswords(atOnce: number = hashesAtOnce(), mostWaiting: number = longestLine): Passwords {
  const turn = queue(atOnce, mostWaiting)
  // For a name that nobody has, the same work on a hash of nothing that anybody can type (LG-1).
  let dummy: Promise<string> | undefined
  /** Of other systems' hashes: some are slower than our own (LG-1). */
  let slowest = 0
  const checkTimed = async (password: string, stored: string): Promise<boolean> => {
    const began = performance.now()
    const isRight = await checkOne(password, stored)
    if (!stored.startsWith(ours)) slowest = Math.max(slowest, performance.now() - began)
    return isRight
  }
  const hashOf = (password: string, isKnown = false) => turn(() => hash(normalisePassword(password), cost), isKnown)
  return {
    hash: hashOf,
    async check(password, stored, isKnown = false) {
      dummy ??= turn(() => hash('\u0000 nobody', cost), isKnown).catch((error: unknown) => {
        dummy = undefined
        throw error
      })
      // A check that needs none does not wait for it: where the queue is full, that is no reason to end the process.
      dummy.catch(() => undefined)
      const against = stored ?? (await dummy)
      const isRight = await turn(() => checkTimed(password, against), isKnown)
      return isRight && stored !== undefined
    },
    slowest: () => slowest,
    async renewed(password, stored) {
      if (stored.startsWith(ours)) return undefined
      // Nobody has ever looked at what comes after byte 72: a slip there would be the password from now on.
      if (stored.startsWith('$2') && Buffer.byteLength(password) > bcryptBytes) return undefined
      return hashOf(password, true) // it was right
    },
    async problemOf(stored) {
      const read = readHash(stored)
      if ('problem' in read) return read.problem
      if (read.kind === 'bcrypt' && !(await hasBcrypt())) return 'bcrypt is not installed here: npm install @node-rs/bcrypt'
      return undefined
    },
  }
}

async function checkOne(password: string, stored: string): Promise<boolean> {
  if (stored.startsWith(ours)) return verify(stored, normalisePassword(password))
  const foreign = readHash(stored)
  if ('problem' in foreign) return false
  try {
    return await checkForeign(password, stored, foreign)
  } catch (error) {
    // What its library does not take is nobody's password; a failure would tell that there is such an account (LG-1).
    if (error instanceof OAuthError) throw error
    return false
  }
}

function hashesAtOnce(): number {
  const pool = Number(process.env.UV_THREADPOOL_SIZE) || 4
  // A core is left to everything else: whoever signs out waits for no stranger's password (RL-2).
  return Math.max(1, Math.min(availableParallelism() - 1, pool - 2))
}

function queue(atOnce: number, mostWaiting: number): <T>(work: () => Promise<T>, isKnown: boolean) => Promise<T> {
  const [known, strangers]: [(() => void)[], (() => void)[]] = [[], []]
  let running = 0
  return async (work, isKnown) => {
    const line = isKnown ? known : strangers
    if (running >= atOnce) {
      if (line.length >= mostWaiting) {
        throw new OAuthError('too_many_requests', 'hashes_waiting', {
          description: 'Too many people sign in at once. Try again.',
          headers: { 'retry-after': '2' },
        })
      }
      await new Promise<void>((resolve) => line.push(resolve))
    } else running += 1
    try {
      return await work()
    } finally {
      const next = known.shift() ?? strangers.shift()
      if (next) next()
      else running -= 1
    }
  }
}
