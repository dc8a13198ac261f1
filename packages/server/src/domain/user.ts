import type { Instant } from './instant.ts'
import type { Subject, UserId } from './names.ts'

/** What a user may do today: read at every mint, never stored in a grant (P5). */
export interface Rights {
  readonly sub: Subject
  readonly disabled: boolean
  /** Shown to people, and the OpenID claim `name`. */
  readonly name?: string
  /** Their mail address, in one form, and whether it was shown to be theirs: the OpenID claims `email` and `email_verified`. */
  readonly mail?: string
  readonly mailVerified?: boolean
  readonly roles?: readonly string[]
  /** Scopes that this user may have at all; undefined: whatever was consented. */
  readonly scopes?: readonly string[]
  /** The application's own claims for access tokens. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** The row of a user: the built-in account, or what is kept beside the application's own. */
export interface User extends Rights {
  readonly usr: UserId
  /** What is typed at sign-in, normalised; undefined for the application's own users and for deleted ones. */
  readonly identifier?: string
  /** Password hash in PHC form. */
  readonly password?: string
  readonly createdAt: Instant
  /** Deleted: the row stays with its `cut`, without anything that tells who it was. */
  readonly deleted: boolean
  readonly cut: number
  readonly stale: number
}
