/** A moment: integer milliseconds since 1970. */
export type Instant = number

/** A length of time in whole seconds, as settings and the wire have it. */
export type Seconds = number

/** The moment so many seconds later. */
export function later(from: Instant, seconds: Seconds): Instant {
  return from + seconds * 1000
}

/** Wire form of a moment that a promise begins at: rounded down (contract §1). */
export function secondsDown(at: Instant): Seconds {
  return Math.floor(at / 1000)
}

/** Wire form of a moment until which something is remembered: rounded up (contract §1). */
export function secondsUp(at: Instant): Seconds {
  return Math.ceil(at / 1000)
}
