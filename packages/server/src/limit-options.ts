import { z } from 'zod'
import { type ProxyOptions, readProxies, type TrustedProxies } from './domain/caller.ts'
import type { Rate } from './domain/limit.ts'
import { defaultLimits, type LimitName, type Limits } from './domain/limits.ts'
import { CurfewError } from './errors.ts'

/** What is set differently: `{ account: { burst: 5 } }`. `every` in seconds. */
export type LimitOptions = { [name in LimitName]?: { burst?: number; every?: number } }

/** A wait is never longer than a day, and nothing is turned off by a number. */
const rate = (unless: Rate): z.ZodType<Rate> =>
  z
    .strictObject({
      burst: z.number().int().min(1).max(1_000_000).default(unless.burst),
      every: z.number().min(0.001).max(86_400).default(unless.every),
    })
    .default(unless)

const names = Object.keys(defaultLimits) as readonly LimitName[]

/** Reads them, with the defaults for the rest; false turns all off. */
export const limits: z.ZodType<Limits | false, LimitOptions | false | undefined> = z
  .union([z.literal(false), z.strictObject(Object.fromEntries(names.map((name) => [name, rate(defaultLimits[name])])))])
  .default(defaultLimits) as unknown as z.ZodType<Limits | false, LimitOptions | false | undefined>

/** Reads the proxies whose word is taken. */
export function checkedProxies(given: ProxyOptions | undefined): TrustedProxies {
  const read = readProxies(given)
  if ('problem' in read) throw new CurfewError(`The configuration is not right: proxies: ${read.problem}.`)
  return read
}
