import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'

/** Random bytes in front of each ciphertext: a nonce of 96 bits. NIST SP 800-38D §8.2.2. */
export const NONCE = 12
const TAG = 16

/** A key of its own for each purpose, out of one secret. RFC 5869, with the label as `info`. */
export function deriveKey(secret: Uint8Array, label: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), label, 32))
}

/** Encrypts under AES-256-GCM, bound to `context`: nonce, ciphertext, tag. The nonce must never have been used with this key. */
export function sealBytes(key: Uint8Array, nonce: Uint8Array, context: string, plain: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(context, 'utf8'))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** Decrypts what `sealBytes` made; undefined for another key, another context, or a byte that changed. */
export function openBytes(key: Uint8Array, context: string, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length < NONCE + TAG) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE), { authTagLength: TAG })
  decipher.setAAD(Buffer.from(context, 'utf8'))
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE, sealed.length - TAG)), decipher.final()])
  } catch {
    return undefined
  }
}
