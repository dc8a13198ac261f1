import { isCommon } from './common-password.ts'

/** NIST SP 800-63B: at least 64 must be taken; this bounds what one request may cost. */
const longest = 1000

/** A password as it is hashed: one form for what keyboards and systems write differently (NIST SP 800-63B §3.1.1.2). */
export function normalisePassword(password: string): string {
  return password.normalize('NFC')
}

/** What somebody types to say who they are, as it is compared: one form, no case, no space around it. Undefined: no such name can be. */
export function normaliseIdentifier(identifier: string): string | undefined {
  const normal = identifier.normalize('NFKC').trim().toLowerCase()
  // LO-3: control characters, and those that nobody sees, which make two names look like one; and halves of characters, all of which databases
  // keep as the same one.
  return normal.length === 0 || normal.length > 254 || /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(normal) ? undefined : normal
}

/** What is typed where a mail address is wanted, in one form; undefined: it is none. What a mail header or a list could misread is none either. */
export function normaliseMail(text: string): string | undefined {
  const normal = normaliseIdentifier(text)
  return normal !== undefined && /^[^\s@"'(),:;<>[\]\\]{1,64}@[^\s@"'(),:;<>[\]\\]+\.[^\s@"'(),:;<>[\]\\.]+$/.test(normal)
    ? normal
    : undefined
}

/** What a new password is held against. */
export interface PasswordPolicy {
  /** Characters. */
  readonly least: number
  /** What the account is called, where it has a name. */
  readonly identifier?: string | undefined
  /** More that everybody knows: names of the person and of the site, words of the operator's. */
  readonly known: readonly string[]
}

/** Says what is wrong with a new password, as a sentence for the person who typed it; undefined: nothing. LG-4: length, a block list, no composition rules. */
export function weakness(password: string, { least, identifier, known }: PasswordPolicy): string | undefined {
  const length = [...normalisePassword(password)].length
  if (length < least) return `A password has at least ${least} characters. A few words in a row do well.`
  if (length > longest) return `A password has at most ${longest} characters.`
  if (normalisePassword(password).toLowerCase() === identifier) return 'The password is the name itself. Choose another one.'
  const names = [identifier, ...known].filter((text) => text !== undefined)
  const context = names.flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]/u)])
  if (isCommon(password, context))
    return 'This password is easy to guess: it is made of what many use, or of names that belong to it. A few words of your own do well.'
  return undefined
}

/** Whether a password is worth hashing at all: one that is longer than any that could have been set is wrong (LG-3). */
export function isPlausible(password: string): boolean {
  return password.length > 0 && password.length <= longest * 2
}
