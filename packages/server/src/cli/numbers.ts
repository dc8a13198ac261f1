import { InvalidArgumentError } from 'commander'

/** Reads a whole number that was typed. */
export function whole(typed: string): number {
  if (!/^\d{1,9}$/.test(typed)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(typed)
}

/** Reads a port. */
export function port(typed: string): number {
  const number = whole(typed)
  if (number > 65_535) throw new InvalidArgumentError('A port is a number up to 65535.')
  return number
}

/** Reads a length of time, in milliseconds. */
export function length(typed: string): number {
  const [, amount, unit] = /^(\d{1,6})(ms|s|m|min)$/.exec(typed) ?? []
  if (amount === undefined) throw new InvalidArgumentError('It must be a length of time, like 500ms, 5s or 2min.')
  return Number(amount) * (unit === 'ms' ? 1 : unit === 's' ? 1000 : 60_000)
}
