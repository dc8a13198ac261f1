import { CurfewError } from '../errors.ts'

/** A text that must be there. */
export function text(args: Record<string, unknown>, name: string): string {
  const value = args[name]
  if (typeof value !== 'string' || value === '') throw new CurfewError(`${name} is missing.`)
  return value
}

/** A text that may be there. */
export function maybe(args: Record<string, unknown>, name: string): string | undefined {
  return args[name] === undefined ? undefined : text(args, name)
}

/** A list of texts that may be there. */
export function list(args: Record<string, unknown>, name: string): readonly string[] | undefined {
  const value = args[name]
  if (value === undefined) return undefined
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) throw new CurfewError(`${name} must be a list.`)
  return value
}

/** A whole number that may be there. */
export function number(args: Record<string, unknown>, name: string): number | undefined {
  const value = args[name]
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new CurfewError(`${name} must be a whole number.`)
  return value
}
