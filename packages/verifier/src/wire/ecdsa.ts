/**
 * Converts an ECDSA signature from DER (what OpenSSL speaks) to the fixed-length form of RFC 7518 §3.4; `size` is the length of one
 * half. Undefined for anything but strict DER of two positive integers that fit.
 */
export function derToP1363(der: Uint8Array, size: number): Uint8Array | undefined {
  // Two integers of at most 66 bytes (P-521): the length of the sequence may need the long form, one byte of it.
  let at = der[1] === 0x81 ? 3 : 2
  const length = der[at - 1]
  if (der[0] !== 0x30 || length === undefined || (at === 3 && length < 0x80) || (at === 2 && length > 0x7f)) return undefined
  if (at + length !== der.length) return undefined
  const raw = new Uint8Array(size * 2)
  for (let half = 0; half < 2; half++) {
    const bytes = der[at + 1]
    if (der[at] !== 0x02 || bytes === undefined || bytes === 0 || bytes > 0x7f || at + 2 + bytes > der.length) return undefined
    let start = at + 2
    at = start + bytes
    if (der[start]! > 0x7f) return undefined // negative
    if (der[start] === 0) {
      start++
      if (start === at || der[start]! < 0x80) return undefined // zero, or longer than it need be
    }
    if (at - start > size) return undefined
    raw.set(der.subarray(start, at), size * (half + 1) - (at - start))
  }
  return at === der.length ? raw : undefined
}

/** Converts a fixed-length ECDSA signature to DER. Undefined for an odd or unlikely length, and where a half is zero (CVE-2022-21449). */
export function p1363ToDer(raw: Uint8Array): Uint8Array | undefined {
  const size = raw.length / 2
  if (!Number.isInteger(size) || size < 1 || size > 66) return undefined
  const halves: Uint8Array[] = []
  let length = 0
  for (const half of [raw.subarray(0, size), raw.subarray(size)]) {
    let start = 0
    while (start < size && half[start] === 0) start++
    if (start === size) return undefined
    const digits = half.subarray(start)
    const padding = digits[0]! > 0x7f ? 1 : 0 // a leading one bit would make it negative
    const integer = new Uint8Array(2 + padding + digits.length)
    integer[0] = 0x02
    integer[1] = padding + digits.length
    integer.set(digits, 2 + padding)
    halves.push(integer)
    length += integer.length
  }
  const header = length > 0x7f ? [0x30, 0x81, length] : [0x30, length]
  const der = new Uint8Array(header.length + length)
  der.set(header)
  der.set(halves[0]!, header.length)
  der.set(halves[1]!, header.length + halves[0]!.length)
  return der
}
