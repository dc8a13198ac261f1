/** The bytes of an IP address, 4 or 16; undefined for anything else. An IPv4 address that a socket for both families hands over is one of IPv4 (RFC 4291 §2.5.5.2). */
export function readAddress(text: string): Uint8Array | undefined {
  if (text.length > 45) return undefined
  if (!text.includes(':')) return readIpv4(text)
  const bytes = readIpv6(text)
  const isMapped = bytes?.every((byte, index) => index >= 12 || byte === (index < 10 ? 0 : 255))
  return isMapped ? bytes!.subarray(12) : bytes
}

/** An address in its one spelling; undefined for anything else. RFC 5952 §4. */
export function plainAddress(text: string | undefined): string | undefined {
  const bytes = text === undefined ? undefined : readAddress(text)
  return bytes && writeAddress(bytes)
}

/** How many bits of an address count, by its family. */
export type PrefixLength = { readonly v4: number; readonly v6: number }

/** The network that an address is in, as `203.0.113.0/24`; a whole address without the length. Undefined for what is none. */
export function networkOf(text: string | undefined, { v4, v6 }: PrefixLength): string | undefined {
  const bytes = text === undefined ? undefined : readAddress(text)
  if (bytes === undefined) return undefined
  const length = bytes.length === 4 ? v4 : v6
  const plain = writeAddress(masked(bytes, length))
  return length === bytes.length * 8 ? plain : `${plain}/${length}`
}

/** A network: its first address, and how many of its bits count. */
export type Network = { readonly bytes: Uint8Array; readonly length: number }

/** Reads `10.0.0.0/8`, `2001:db8::/32`, or one address. Undefined for anything else, and where bits beyond the length are set: that is a slip. */
export function readNetwork(text: string): Network | undefined {
  const [address, length, ...more] = text.split('/')
  const bytes = readAddress(address ?? '')
  if (bytes === undefined || more.length > 0) return undefined
  if (length === undefined) return { bytes, length: bytes.length * 8 }
  const bits = Number(length)
  if (!/^\d{1,3}$/.test(length) || bits > bytes.length * 8) return undefined
  return isSame(masked(bytes, bits), bytes) ? { bytes, length: bits } : undefined
}

/** Whether the address is in one of the networks. */
export function isWithin(bytes: Uint8Array, networks: readonly Network[]): boolean {
  return networks.some((one) => one.bytes.length === bytes.length && isSame(masked(bytes, one.length), one.bytes))
}

function readIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.')
  // No leading zeros: what some read as octal is read by nobody here.
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return undefined
  return Uint8Array.from(parts, Number)
}

function readIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = [groupsOf(halves[0]!, halves.length === 1), halves[1] === undefined ? [] : groupsOf(halves[1], true)]
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail]
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255]))
}

/** `isEnd`: where the last 32 bits may be written as those of IPv4 (RFC 4291 §2.2). */
function groupsOf(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const last = parts.at(-1)!
  const v4 = isEnd && last.includes('.') ? readIpv4(last) : undefined
  if (v4) parts.splice(-1, 1, ((v4[0]! << 8) | v4[1]!).toString(16), ((v4[2]! << 8) | v4[3]!).toString(16))
  return parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part)) ? parts.map((part) => Number.parseInt(part, 16)) : undefined
}

function writeAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[2 * index]! << 8) | bytes[2 * index + 1]!).toString(16))
  // RFC 5952 §4.2: the longest run of zeros, the first of them, and never a single one.
  let [from, longest] = [0, 1]
  for (let start = 0; start < 8; start += 1) {
    let run = 0
    while (groups[start + run] === '0') run += 1
    if (run > longest) [from, longest] = [start, run]
  }
  return longest < 2 ? groups.join(':') : `${groups.slice(0, from).join(':')}::${groups.slice(from + longest).join(':')}`
}

function masked(bytes: Uint8Array, length: number): Uint8Array {
  return bytes.map((byte, index) => byte & (0xff << Math.max(0, 8 - Math.max(0, length - 8 * index))))
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.every((byte, index) => byte === other[index])
}
