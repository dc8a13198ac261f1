/** A password hash of another system, its costs looked at. */
export type ForeignHash =
  | { readonly kind: 'argon2' }
  | { readonly kind: 'bcrypt' }
  | {
      readonly kind: 'scrypt'
      readonly n: number
      readonly r: number
      readonly p: number
      readonly salt: Uint8Array
      readonly key: Uint8Array
    }
  | {
      readonly kind: 'pbkdf2'
      readonly digest: 'sha1' | 'sha256' | 'sha512'
      readonly rounds: number
      readonly salt: Uint8Array
      readonly key: Uint8Array
    }

/** What a hash says, or in a sentence why it is not taken. Never with the hash in it. */
export type ReadHash = ForeignHash | { readonly problem: string }

/** Costs come from outside, and are paid at each sign-in: at most about a second, and 256 MiB. */
const most = {
  bcrypt: 14,
  rounds: 2_000_000,
  memory: 256 * 1024 * 1024,
  argon2: 2 ** 20,
  scrypt: 2 ** 21,
  passes: 16,
  lanes: 16,
  bytes: 128,
} as const
/** A key of fewer bytes would be met by chance. */
const leastKey = 16

type Reader = (match: RegExpExecArray) => ReadHash

/** Each form by its look. What is here is what can be imported. */
const forms: readonly (readonly [RegExp, Reader])[] = [
  [
    /^\$argon2(?:id|i)\$v=19\$m=([1-9]\d{0,8}),t=([1-9]\d{0,8}),p=([1-9]\d{0,8})\$([A-Za-z0-9+/]{11,172})\$([A-Za-z0-9+/]{22,172})$/,
    argon2,
  ],
  [/^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/, bcrypt],
  [/^\$2x\$/, () => no('$2x$ says that a broken library made it; such a user needs a new password')],
  // PHC string format, and passlib
  [
    /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,5}),p=(\d{1,5})\$([^$]+)\$([^$]+)$/,
    (at) => scrypt(2 ** Number(at[1]), Number(at[2]), Number(at[3]), at),
  ],
  // modular crypt: libxcrypt, libsodium
  [/^\$7\$([./0-9A-Za-z])([./0-9A-Za-z]{5})([./0-9A-Za-z]{5})([^$]{1,128})\$([./0-9A-Za-z]{43})$/, crypt7],
  // passlib: `$pbkdf2-sha256$29000$salt$key`; PHC: `$pbkdf2-sha256$i=29000,l=32$salt$key`
  [
    /^\$pbkdf2(?:-(sha1|sha256|sha512))?\$(?:i=)?(\d{1,9})(?:,l=\d{1,3})?\$([^$]+)\$([^$]+)$/,
    (at) => pbkdf2(at[1] ?? 'sha1', at[2]!, base64(at[3]!), base64(at[4]!)),
  ],
  // Django: the salt is text
  [/^pbkdf2_(sha1|sha256)\$(\d{1,9})\$([^$]{1,128})\$([^$]+)$/, (at) => pbkdf2(at[1]!, at[2]!, Buffer.from(at[3]!), base64(at[4]!))],
]

/** Reads a hash in PHC or modular-crypt form. */
export function readHash(text: string): ReadHash {
  if (text.length > 512) return no('it is longer than any password hash')
  for (const [form, read] of forms) {
    const match = form.exec(text)
    if (match) return read(match)
  }
  return no('its form is not known; argon2id, argon2i, bcrypt, scrypt and PBKDF2 are, in PHC or modular-crypt form')
}

function argon2(at: RegExpExecArray): ReadHash {
  const [memory, passes, lanes] = [Number(at[1]), Number(at[2]), Number(at[3])]
  if (memory < 8 * lanes || passes < 1 || lanes < 1 || !isCanonical(at[4]!) || !isCanonical(at[5]!))
    return no('it is damaged, or its costs cannot be')
  const isTooMuch = memory * 1024 > most.memory || passes > most.passes || lanes > most.lanes || memory * passes > most.argon2
  return isTooMuch ? costly() : { kind: 'argon2' }
}

function bcrypt(at: RegExpExecArray): ReadHash {
  const cost = Number(at[1])
  if (cost < 4 || cost > 31) return no('its costs cannot be')
  return cost > most.bcrypt ? costly() : { kind: 'bcrypt' }
}

function scrypt(n: number, r: number, p: number, at: RegExpExecArray): ReadHash {
  const [salt, key] = [base64(at[4]!), base64(at[5]!)]
  return checkedScrypt(n, r, p, salt, key)
}

function crypt7(at: RegExpExecArray): ReadHash {
  const number = (text: string): number => [...text].reduceRight((sum, letter) => sum * 64 + crypt64.indexOf(letter), 0)
  return checkedScrypt(2 ** number(at[1]!), number(at[2]!), number(at[3]!), Buffer.from(at[4]!), cryptBytes(at[5]!))
}

function checkedScrypt(n: number, r: number, p: number, salt: Uint8Array | undefined, key: Uint8Array | undefined): ReadHash {
  // RFC 7914 §2: N is less than 2^(128 * r / 8).
  if (!salt || !key || n < 2 || r < 1 || p < 1 || n >= 2 ** (16 * r)) return no('it is damaged, or its costs cannot be')
  if (key.length < leastKey || key.length > most.bytes || salt.length > most.bytes) return no('its key or salt has a length that cannot be')
  return 128 * n * r > most.memory || n * r * p > most.scrypt || p > 256 ? costly() : { kind: 'scrypt', n, r, p, salt, key }
}

function pbkdf2(digest: string, rounds: string, salt: Uint8Array | undefined, key: Uint8Array | undefined): ReadHash {
  if (!salt || !key || Number(rounds) < 1) return no('it is damaged, or its costs cannot be')
  if (key.length < leastKey || key.length > most.bytes || salt.length > most.bytes) return no('its key or salt has a length that cannot be')
  if (Number(rounds) > most.rounds) return costly()
  return { kind: 'pbkdf2', digest: digest as 'sha1' | 'sha256' | 'sha512', rounds: Number(rounds), salt, key }
}

/** Base64 with or without padding; passlib writes a dot for the plus. */
function base64(text: string): Uint8Array | undefined {
  const plain = text.replaceAll('.', '+').replace(/={1,2}$/, '')
  return /^[A-Za-z0-9+/]{2,172}$/.test(plain) && plain.length % 4 !== 1 ? Buffer.from(plain, 'base64') : undefined
}

/** The library reads no other spelling. */
function isCanonical(text: string): boolean {
  return Buffer.from(text, 'base64').toString('base64').replace(/=+$/, '') === text
}

/** The alphabet of crypt(3): the lowest six bits come first. */
const crypt64 = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

function cryptBytes(text: string): Uint8Array {
  const bytes: number[] = []
  for (let at = 0; at < text.length; at += 4) {
    const group = text.slice(at, at + 4)
    let value = 0
    for (const [index, letter] of [...group].entries()) value += crypt64.indexOf(letter) * 64 ** index
    for (let byte = 0; byte < group.length - 1; byte += 1) bytes.push(Math.floor(value / 256 ** byte) % 256)
  }
  return Uint8Array.from(bytes)
}

function no(problem: string): { problem: string } {
  return { problem }
}

function costly(): { problem: string } {
  return no('its costs are so high that each sign-in would hold up others; give such users a new password')
}
