import { isBase64url } from '@curfew/verifier/wire'
import type { Sealer } from '../use-cases/needs.ts'
import type { World } from '../world.ts'
import type { NumberedKey } from './ring.ts'
import { NONCE, openBytes, sealBytes } from './sealing.ts'

const VERSION = 1
/** Characters; what is longer is neither made nor looked at. */
const LONGEST = 8192
const LABEL = 'curfew sealed value v1'

/** Seals values that travel through a browser. The label is bound to them: what was sealed for one purpose opens for no other. */
export function openSealer(keys: readonly NumberedKey[], world: Pick<World, 'random'>, missed: () => void = () => undefined): Sealer {
  return {
    seal(label, value, until) {
      const newest = keys.at(-1)
      if (!newest) throw new Error('No key for sealed values.')
      const plain = Buffer.from(JSON.stringify({ until, value }), 'utf8')
      const sealed = sealBytes(newest.bytes, world.random(NONCE), contextOf(label, newest), plain)
      const text = Buffer.concat([Uint8Array.of(VERSION, newest.number), sealed]).toString('base64url')
      if (text.length > LONGEST) throw new RangeError(`A sealed value has at most ${LONGEST} characters.`)
      return text
    },
    open(label, sealed, now) {
      if (sealed.length > LONGEST || !isBase64url(sealed)) return undefined
      const bytes = Buffer.from(sealed, 'base64url')
      const key = keys.find(({ number }) => number === bytes[1])
      if (bytes[0] === VERSION && !key) missed()
      const plain = bytes[0] === VERSION && key ? openBytes(key.bytes, contextOf(label, key), bytes.subarray(2)) : undefined
      if (!plain) return undefined
      const { until, value } = JSON.parse(Buffer.from(plain).toString('utf8')) as { until: number; value: Record<string, unknown> }
      return now < until ? value : undefined
    },
  }
}

function contextOf(label: string, { number }: NumberedKey): string {
  return [LABEL, number, label].join('\0')
}
