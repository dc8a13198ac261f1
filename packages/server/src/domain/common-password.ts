import { commonWords, rows } from './common-words.ts'

/** The longest unit whose repetition makes no password. */
const longestUnit = 8
/** Runs along a row of keys, or along the alphabet, from this length on. */
const shortestRun = 3
/** So many letters of one's own are not enough, nor so many digits: a year, a date. */
const fewLetters = 2
const fewDigits = 8
const fewWords = 2

const folds: Readonly<Record<string, string>> = { '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', $: 's', '!': 'i' }
const common: readonly string[] = [...new Set(commonWords)].sort((a, b) => b.length - a.length)

/**
 * Whether a password is one that many have, or that the account itself gives away: beside one or two common words, rows of keys, repetitions,
 * a date and signs, nothing of one's own is in it (LG-4; NIST SP 800-63B §3.1.1.2). `context`: names of account and
 * site, and the operator's own words.
 */
export function isCommon(password: string, context: readonly string[]): boolean {
  const text = password.normalize('NFKC').toLowerCase()
  if (isRepetition(text)) return true
  const own = context.map((word) => word.normalize('NFKC').toLowerCase()).filter(({ length }) => length >= 3)
  const words = [...own].sort((a, b) => b.length - a.length).concat(common)
  const folded = [...text].map((letter) => folds[letter] ?? letter).join('')
  return [text, folded].some((spelling) => isMadeOf(spelling, words))
}

/** "abcabcabcabcabc": a short unit, over and over. */
function isRepetition(text: string): boolean {
  for (let unit = 1; unit <= longestUnit && unit * 2 <= text.length; unit += 1) {
    if (text.startsWith(text.slice(unit))) return true // what comes after one unit begins as the whole does
  }
  return false
}

function isMadeOf(text: string, words: readonly string[]): boolean {
  const found = new Set<string>()
  let rest = text
  for (const word of words) {
    if (!rest.includes(word)) continue
    found.add(word)
    if (found.size > fewWords) return false
    rest = rest.replaceAll(word, '\u0000')
  }
  const left = withoutRuns(rest)
  const count = (kind: RegExp) => left.split(kind).length - 1
  return count(/\p{L}/u) <= fewLetters && count(/\p{N}/u) <= fewDigits
}

function withoutRuns(text: string): string {
  let left = ''
  let at = 0
  while (at < text.length) {
    const run = runAt(text, at)
    if (run < shortestRun) left += text[at]
    at += run < shortestRun ? 1 : run
  }
  return left
}

/** How long the run is that begins here: along a row, or of one letter. */
function runAt(text: string, at: number): number {
  let length = 1
  while (text[at + length] === text[at]) length += 1
  while (at + length < text.length && rows.some((row) => row.includes(text.slice(at, at + length + 1)))) length += 1
  return length
}
