import { constants, type KeyObject, sign, verify } from 'node:crypto'
import {
  type CompactProblem,
  decodeBase64url,
  derToP1363,
  encodeBase64url,
  type JsonProblem,
  p1363ToDer,
  readJson,
  splitCompact,
} from '../wire/index.ts'

/** The algorithms that exist here. No other name is ever looked up, so neither `none` nor a MAC can be asked for. RFC 8725 §3.1. */
export type Algorithm = 'ES256' | 'Ed25519' | 'RS256' | 'PS256'

/** The header of a token that was checked. `typ` in lower case, without `application/`. */
export type JwsHeader = { alg: Algorithm; kid: string; typ: string }

/** Why a token was not taken. */
export type JwsProblem =
  | CompactProblem
  | `header_${JsonProblem | 'not_object'}`
  | `payload_${JsonProblem | 'not_object'}`
  | 'alg_unknown'
  | 'alg_not_of_key'
  | 'kid_malformed'
  | 'kid_unknown'
  | 'typ_malformed'
  | 'typ_wrong'
  | 'crit_refused'
  | 'b64_refused'
  | 'signature_wrong'

/** A key and the one algorithm that it is for. RFC 8725 §3.1. */
export type VerifyingKey = { key: KeyObject; alg: Algorithm }

type Row = {
  keyType: string
  sign(data: Uint8Array, key: KeyObject): Uint8Array
  check(data: Uint8Array, key: KeyObject, signature: Uint8Array): boolean
}

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } // RFC 7518 §3.5
const pkcs1 = { padding: constants.RSA_PKCS1_PADDING } // RFC 7518 §3.3

/** The fixed table. ECDSA goes through DER: Node's own `ieee-p1363` costs half as much again as the operation on some versions. */
const algorithms: Record<Algorithm, Row> = {
  ES256: {
    keyType: 'ec',
    sign: (data, key) => derToP1363(sign('sha256', data, key), 32)!,
    check: (data, key, signature) => {
      const der = signature.length === 64 ? p1363ToDer(signature) : undefined // RFC 7518 §3.4
      return der !== undefined && verify('sha256', data, key, der)
    },
  },
  Ed25519: {
    keyType: 'ed25519',
    sign: (data, key) => sign(null, data, key),
    check: (data, key, signature) => signature.length === 64 && verify(null, data, key, signature), // RFC 8032 §5.1.7
  },
  RS256: {
    keyType: 'rsa',
    sign: (data, key) => sign('sha256', data, { key, ...pkcs1 }),
    check: (data, key, signature) => verify('sha256', data, { key, ...pkcs1 }, signature),
  },
  PS256: {
    keyType: 'rsa',
    sign: (data, key) => sign('sha256', data, { key, ...pss }),
    check: (data, key, signature) => verify('sha256', data, { key, ...pss }, signature),
  },
}

/** Whether a signature is one over these bytes by this key, under this algorithm and no other. */
export function isSignature(alg: Algorithm, data: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  return key.asymmetricKeyType === algorithms[alg].keyType && algorithms[alg].check(data, key, signature)
}

/** Whether a name is one of the algorithms that exist here. */
export function isAlgorithm(name: unknown): name is Algorithm {
  return typeof name === 'string' && Object.hasOwn(algorithms, name)
}

/** Signs a payload in compact form. RFC 7515 §7.1. */
export function signJws(header: { typ: string; kid: string; alg: Algorithm }, payload: object, key: KeyObject): string {
  const { typ, kid, alg } = header
  if (key.asymmetricKeyType !== algorithms[alg].keyType) throw new TypeError(`The key is not one for ${alg}.`)
  const signed = `${encodeJson({ alg, typ, kid })}.${encodeJson(payload)}`
  return `${signed}.${encodeBase64url(algorithms[alg].sign(Buffer.from(signed, 'latin1'), key))}`
}

/**
 * Checks a token's form, header, signature, and that its payload is an object. The key and its algorithm are the caller's: nothing in
 * the header names a key by more than its `kid`, and `jku`, `x5u`, `jwk`, `x5c` are not looked at (RFC 8725 §3.10).
 */
export function checkJws(
  token: string,
  keyFor: (header: JwsHeader) => VerifyingKey | undefined,
  expect: { typ: string | string[] },
): { header: JwsHeader; claims: Record<string, unknown> } | { problem: JwsProblem } {
  const compact = splitCompact(token)
  if ('problem' in compact) return compact
  const read = readObject(compact.header)
  if ('problem' in read) return { problem: `header_${read.problem}` }
  const { alg, kid, typ } = read.value
  if ('crit' in read.value) return { problem: 'crit_refused' } // RFC 7515 §4.1.11: no extension is understood here
  if ('b64' in read.value) return { problem: 'b64_refused' } // RFC 7797 §3
  if (!isAlgorithm(alg)) return { problem: 'alg_unknown' }
  if (typeof kid !== 'string' || kid.length === 0 || kid.length > 256) return { problem: 'kid_malformed' }
  const plainTyp = typeof typ === 'string' ? normaliseTyp(typ) : undefined
  if (plainTyp === undefined) return { problem: 'typ_malformed' }
  if (![expect.typ].flat().some((one) => normaliseTyp(one) === plainTyp)) return { problem: 'typ_wrong' } // RFC 8725 §3.11

  const header = { alg, kid, typ: plainTyp }
  const found = keyFor(header)
  if (found === undefined) return { problem: 'kid_unknown' }
  if (found.alg !== alg) return { problem: 'alg_not_of_key' }
  const isGood = isSignature(alg, Buffer.from(compact.signed, 'latin1'), found.key, decodeBase64url(compact.signature))
  if (!isGood) return { problem: 'signature_wrong' }

  const payload = readObject(compact.payload)
  if ('problem' in payload) return { problem: `payload_${payload.problem}` }
  return { header, claims: payload.value }
}

/** RFC 7515 §4.1.9: a media type, compared without regard to case, `application/` left out or not. ASCII only: no folding of lookalikes. */
function normaliseTyp(typ: string): string | undefined {
  return /^(?:application\/)?([!-.0-~]{1,100})$/i.exec(typ)?.[1]?.toLowerCase()
}

function readObject(part: string): { value: Record<string, unknown> } | { problem: JsonProblem | 'not_object' } {
  const read = readJson(decodeBase64url(part))
  if ('problem' in read) return read
  if (typeof read.value !== 'object' || read.value === null || Array.isArray(read.value)) return { problem: 'not_object' }
  return { value: read.value as Record<string, unknown> }
}

function encodeJson(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
