import type { Instant, Seconds } from '../../domain/instant.ts'

/** "orders", "orders and billing", "orders, billing and inbox". */
export function listOf(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

const numbers = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']

/** Small numbers are words in a sentence. */
export function inWords(count: number): string {
  return numbers[count] ?? String(count)
}

/** "1 device", "3 devices". */
export function several(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** A length of time with its unit, held together: "4.1 ms", "41 ms", "3.2 s", "2 min 5 s". */
export function tookWords(milliseconds: number): string {
  if (milliseconds < 9.95) return `${Math.max(0, milliseconds).toFixed(1)}\u00a0ms`
  if (milliseconds < 999.5) return `${Math.round(milliseconds)}\u00a0ms`
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)}\u00a0s`
  const seconds = Math.round(milliseconds / 1000)
  return seconds % 60 === 0 ? `${seconds / 60}\u00a0min` : `${Math.floor(seconds / 60)}\u00a0min ${seconds % 60}\u00a0s`
}

/** How long somebody has to wait: "40 seconds", "3 minutes". Rounded up, so that waiting so long is enough. */
export function waitWords(seconds: Seconds): string {
  const whole = Math.max(1, Math.ceil(seconds))
  if (whole < 120) return several(whole, 'second')
  return whole < 7200 ? several(Math.ceil(whole / 60), 'minute') : several(Math.ceil(whole / 3600), 'hour')
}

/** The exact moment, for a `datetime` or a title. */
export function exactTime(at: Instant): string {
  return new Date(at).toISOString()
}

/** "21:00:07 UTC": the server does not know where the reader is. */
export function clockTime(at: Instant): string {
  return `${exactTime(at).slice(11, 19)} UTC`
}

/** How long ago, roughly: "just now", "2 hours ago", "6 days ago". */
export function agoWords(at: Instant, now: Instant): string {
  const minutes = Math.floor((now - at) / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return `${several(minutes, 'minute')} ago`
  if (minutes < 48 * 60) return `${several(Math.floor(minutes / 60), 'hour')} ago`
  return `${several(Math.floor(minutes / 1440), 'day')} ago`
}

const months = 'January February March April May June July August September October November December'.split(' ')

/** "on 3 June", with the year where it is another one: a day, in UTC, near enough for a list. */
export function dayWords(at: Instant, now: Instant): string {
  const day = new Date(at)
  const year = day.getUTCFullYear() === new Date(now).getUTCFullYear() ? '' : ` ${day.getUTCFullYear()}`
  return `on ${day.getUTCDate()} ${months[day.getUTCMonth()]}${year}`
}

/** First letter large, at the beginning of a sentence. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
