import { createPublicKey, type KeyObject } from 'node:crypto'
import { decodeBase64url, isBase64url } from '../wire/index.ts'
import { type Algorithm, isAlgorithm } from './jws.ts'

/** A public key in JWK form. RFC 7517 §4. */
export type PublicJwk = {
  kty: string
  kid: string
  alg: Algorithm
  use: 'sig'
  crv?: string
  x?: string
  y?: string
  n?: string
  e?: string
}

const forms: Record<Algorithm, { kind: { kty: string; crv?: string }; members: string[] }> = {
  ES256: { kind: { kty: 'EC', crv: 'P-256' }, members: ['x', 'y'] },
  Ed25519: { kind: { kty: 'OKP', crv: 'Ed25519' }, members: ['x'] },
  RS256: { kind: { kty: 'RSA' }, members: ['n', 'e'] },
  PS256: { kind: { kty: 'RSA' }, members: ['n', 'e'] },
}

/** 16,384 bits in base64url: with a larger modulus, checking one signature takes as long as making one. */
const longestMember = 2731

/**
 * The points of order 1, 2, 4 and 8 on Ed25519, little-endian without the sign bit, in each encoding that a decoder takes: under
 * such a key one signature is good for many messages. RFC 8032 §5.1.7, RFC 7748 §7.
 */
const smallOrder: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

/** Imports a public key that is used to check signatures. Private members are not looked at. `alg` is required: one key, one algorithm. */
export function importJwk(jwk: unknown): { kid: string; alg: Algorithm; key: KeyObject } | { problem: string } {
  if (typeof jwk !== 'object' || jwk === null) return { problem: 'not_object' }
  const { kid, alg, use, key_ops, kty, crv } = jwk as Record<string, unknown>
  if (typeof kid !== 'string' || kid.length === 0 || kid.length > 256) return { problem: 'kid_malformed' }
  if (!isAlgorithm(alg)) return { problem: 'alg_unknown' }
  if (use !== undefined && use !== 'sig') return { problem: 'use_wrong' } // RFC 7517 §4.2
  if (key_ops !== undefined && !(Array.isArray(key_ops) && key_ops.includes('verify'))) return { problem: 'use_wrong' } // RFC 7517 §4.3
  const { kind, members } = forms[alg]
  if (kty !== kind.kty || crv !== kind.crv) return { problem: 'alg_not_of_key' }

  const plain: Record<string, string> = { ...kind }
  for (const name of members) {
    const value = (jwk as Record<string, unknown>)[name]
    if (typeof value !== 'string' || value.length === 0 || value.length > longestMember || !isBase64url(value))
      return { problem: `${name}_malformed` }
    // RFC 7518 §6.2.1.2, RFC 8037 §2: the whole length, leading zeros too.
    if (kind.crv !== undefined && value.length !== 43) return { problem: `${name}_malformed` }
    plain[name] = value
  }
  if (alg === 'Ed25519' && isSmallOrder(plain.x!)) return { problem: 'small_order' }
  let key: KeyObject
  try {
    key = createPublicKey({ format: 'jwk', key: plain })
  } catch {
    return { problem: 'key_malformed' } // a point that is not on its curve, for one
  }
  if (kind.kty === 'RSA') {
    const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
    if (modulusLength < 2048) return { problem: 'key_too_short' } // RFC 7518 §3.3
    // Even, one, or large: no such exponent comes from a generator.
    if (publicExponent < 3n || publicExponent % 2n === 0n || publicExponent > 0xffffffffn) return { problem: 'key_malformed' }
  }
  return { kid, alg, key }
}

/** Exports a public key (of a private one: its public half) for a key set. RFC 7517 §4. */
export function exportJwk(publicKey: KeyObject, kid: string, alg: Algorithm): PublicJwk {
  const jwk = (publicKey.type === 'private' ? createPublicKey(publicKey) : publicKey).export({ format: 'jwk' }) as Record<string, string>
  const { kind, members } = forms[alg]
  if (jwk.kty !== kind.kty || jwk.crv !== kind.crv) throw new TypeError(`The key is not one for ${alg}.`)
  const exported: PublicJwk = { ...kind, kid, alg, use: 'sig' }
  for (const name of members) exported[name as 'x'] = jwk[name]!
  return exported
}

function isSmallOrder(x: string): boolean {
  const point = decodeBase64url(x)
  point[31] = point[31]! & 0x7f
  return smallOrder.has(Buffer.from(point).toString('hex'))
}
