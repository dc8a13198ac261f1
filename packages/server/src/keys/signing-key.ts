import { createHash, createPrivateKey, createPublicKey, generateKeyPair, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { exportJwk, type PublicJwk } from '@curfew/verifier/jws'

/** The algorithms that the issuer signs with. */
export type SigningAlgorithm = 'ES256' | 'RS256'

/** A key pair for signatures, with the one algorithm that it is for (JK-1). */
export interface SigningKey {
  /** RFC 7638 thumbprint. */
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** Public members only. */
  readonly jwk: PublicJwk
}

/** Makes a P-256 key; a tenth of a millisecond. */
export function makeEs256(): SigningKey {
  return signingKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, 'ES256')
}

/** Makes an RSA key of 2048 bits in the thread pool; a tenth of a second, or several. */
export async function makeRs256(): Promise<SigningKey> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return signingKey(privateKey, 'RS256')
}

/** The private key as it is sealed: PKCS #8, RFC 5208. */
export function exportSigningKey({ privateKey }: SigningKey): Uint8Array {
  return privateKey.export({ format: 'der', type: 'pkcs8' })
}

/** Takes up again what `exportSigningKey` gave. Everything public is made from the private key, so nothing else at rest need be trusted. */
export function importSigningKey(pkcs8: Uint8Array, alg: SigningAlgorithm): SigningKey {
  return signingKey(createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' }), alg)
}

function signingKey(privateKey: KeyObject, alg: SigningAlgorithm): SigningKey {
  const publicKey = createPublicKey(privateKey)
  const kid = thumbprint(exportJwk(publicKey, '', alg))
  return { kid, alg, privateKey, publicKey, jwk: exportJwk(publicKey, kid, alg) }
}

/** RFC 7638 §3: the required members, in the order of their names, without spaces. */
function thumbprint({ kty, crv, x, y, n, e }: PublicJwk): string {
  const members = kty === 'EC' ? { crv, kty, x, y } : { e, kty, n }
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url')
}
