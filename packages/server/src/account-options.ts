import { z } from 'zod'
import type { Blocked } from './use-cases/needs.ts'

/** The built-in accounts. */
export interface AccountOptions {
  signUp?: boolean
  passwordLength?: number
  /** More that no new password may be made of; or a function that knows passwords which others know. */
  blocked?: string[] | ((password: string) => boolean | Promise<boolean>)
  /** People may sign in by a link that is mailed to them. */
  mailLink?: boolean
}

/** The same with what is so where nothing is said. */
export interface ReadAccounts {
  readonly signUp: boolean
  readonly passwordLength: number
  readonly mailLink: boolean
  readonly blocked?: AccountOptions['blocked'] | undefined
}

/** Checks them. */
export const accountOptions: z.ZodType<ReadAccounts> = z
  .strictObject({
    signUp: z.boolean().default(false),
    passwordLength: z.number().int().min(8).max(64).default(15),
    blocked: z
      .union(
        [
          z.array(z.string().min(3)),
          z.custom<Extract<AccountOptions['blocked'], (...given: never) => unknown>>((value) => typeof value === 'function'),
        ],
        'must be words, or a function',
      )
      .optional(),
    mailLink: z.boolean().default(false),
  })
  .prefault({})

/** What new passwords are held against, beside our own list. */
export function blockedOf({ blocked }: Partial<ReadAccounts>): Blocked | undefined {
  if (blocked === undefined) return undefined
  return Array.isArray(blocked) ? { words: blocked } : { isBlocked: blocked }
}
