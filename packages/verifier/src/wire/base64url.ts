const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const values: Int8Array = new Int8Array(128).fill(-1)
for (let index = 0; index < 64; index++) values[alphabet.charCodeAt(index)] = index

/** Whether a text is base64url exactly as an encoder writes it: no padding, no other alphabet, no stray bits at the end. RFC 7515 §2, RFC 4648 §3.5. */
export function isBase64url(text: string): boolean {
  const tail = text.length & 3
  if (tail === 1) return false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code > 127 || values[code]! < 0) return false
  }
  if (tail === 0) return true
  // RFC 4648 §3.5: bits that encode nothing must be zero, else one token has several spellings.
  return (values[text.charCodeAt(text.length - 1)]! & (tail === 2 ? 15 : 3)) === 0
}

/** Decodes strict base64url; throws a TypeError for anything that isBase64url refuses. */
export function decodeBase64url(part: string): Uint8Array {
  if (!isBase64url(part)) throw new TypeError('This is not base64url.')
  const bytes = new Uint8Array((part.length * 3) >> 2)
  let bits = 0
  let held = 0
  let at = 0
  for (let index = 0; index < part.length; index++) {
    held = ((held << 6) | values[part.charCodeAt(index)]!) & 0xffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = held >> bits
    }
  }
  return bytes
}

/** Encodes bytes as base64url without padding. RFC 7515 §2. */
export function encodeBase64url(bytes: Uint8Array): string {
  let text = ''
  let index = 0
  for (; index + 2 < bytes.length; index += 3) {
    const three = (bytes[index]! << 16) | (bytes[index + 1]! << 8) | bytes[index + 2]!
    text += alphabet[three >> 18]! + alphabet[(three >> 12) & 63]! + alphabet[(three >> 6) & 63]! + alphabet[three & 63]!
  }
  const left = bytes.length - index
  if (left === 1) text += alphabet[bytes[index]! >> 2]! + alphabet[(bytes[index]! & 3) << 4]!
  if (left === 2) {
    const two = (bytes[index]! << 8) | bytes[index + 1]!
    text += alphabet[two >> 10]! + alphabet[(two >> 4) & 63]! + alphabet[(two & 15) << 2]!
  }
  return text
}
