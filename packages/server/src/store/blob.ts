// The border between text (ours, 22 or 43 base64url characters) and the bytes that the tables hold.

const canonicalId = /^[A-Za-z0-9_-]{21}[AQgw]$/
const canonicalHash = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/
const nothing = new Uint8Array(0)

/** The 16 bytes of an id that is looked for. Anything that is not one in its one spelling is found nowhere. */
export function soughtId(id: string | undefined): Uint8Array {
  return id !== undefined && canonicalId.test(id) ? Buffer.from(id, 'base64url') : nothing
}

/** The 32 bytes of a hash that is looked for; as `soughtId`. */
export function soughtHash(hash: string | undefined): Uint8Array {
  return hash !== undefined && canonicalHash.test(hash) ? Buffer.from(hash, 'base64url') : nothing
}

/** The 16 bytes of an id that is stored. */
export function idBytes(id: string): Uint8Array {
  if (!canonicalId.test(id)) throw new TypeError('An id has 16 bytes, in 22 base64url characters; this one does not.')
  return Buffer.from(id, 'base64url')
}

/** The 32 bytes of a hash that is stored. */
export function hashBytes(hash: string): Uint8Array {
  if (!canonicalHash.test(hash)) throw new TypeError('A hash has 32 bytes, in 43 base64url characters; this one does not.')
  return Buffer.from(hash, 'base64url')
}

/** Back to text. */
export function bytesText(bytes: unknown): string {
  const { buffer, byteOffset, byteLength } = bytes as Uint8Array
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64url')
}
