import { createHmac, timingSafeEqual } from 'node:crypto'
import { isBase64url } from '@curfew/verifier/wire'
import type { RefreshTokens } from '../use-cases/needs.ts'
import type { NumberedKey } from './ring.ts'

const PREFIX = 'cfr_'
const LABEL = Buffer.from('curfew refresh v1', 'ascii')
const VERSION = 1
/** Version, key number, grant id, generation. */
const HEAD = 1 + 1 + 16 + 4
const MAC = 32
/** 54 bytes are 72 characters, without a bit to spare. */
const LENGTH = PREFIX.length + ((HEAD + MAC) * 4) / 3
const LAST_GENERATION = 0xffff_ffff

/** Structured, keyed refresh tokens (contract §3, RF-7): nothing that is stored could be replayed, and garbage never reaches the store. */
export function macRefreshTokens(keys: readonly NumberedKey[], missed: () => void = () => undefined): RefreshTokens {
  return {
    make(gid, generation) {
      const newest = keys.at(-1)
      if (!newest) throw new Error('No MAC key for refresh tokens.')
      const id = Buffer.from(gid, 'base64url')
      if (id.length !== 16) throw new TypeError('A grant id has 16 bytes.')
      if (!Number.isInteger(generation) || generation < 0 || generation > LAST_GENERATION) throw new RangeError('A generation has 32 bits.')
      const head = Buffer.alloc(HEAD)
      head[0] = VERSION
      head[1] = newest.number
      id.copy(head, 2)
      head.writeUInt32BE(generation, 18)
      return PREFIX + Buffer.concat([head, macOf(newest, head)]).toString('base64url')
    },
    open(presented) {
      // One spelling a token: the exact length and alphabet.
      if (presented.length !== LENGTH || !presented.startsWith(PREFIX) || !isBase64url(presented.slice(PREFIX.length))) return undefined
      const bytes = Buffer.from(presented.slice(PREFIX.length), 'base64url')
      const head = bytes.subarray(0, HEAD)
      const key = keys.find(({ number }) => number === head[1])
      if (head[0] === VERSION && !key) missed()
      if (head[0] !== VERSION || !key || !timingSafeEqual(bytes.subarray(HEAD), macOf(key, head))) return undefined
      return { gid: head.subarray(2, 18).toString('base64url'), generation: head.readUInt32BE(18) }
    },
  }
}

function macOf({ bytes }: NumberedKey, head: Uint8Array): Uint8Array {
  return createHmac('sha256', bytes).update(LABEL).update(head).digest()
}
