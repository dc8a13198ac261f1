import type { AccessTokenClaims, Cut, FollowAnswer, FollowRequest, Name, Receipt } from '@curfew/verifier/wire'
import type { Instant, Seconds } from '../domain/instant.ts'
import type { LinkPurpose } from '../domain/mailed-link.ts'
import type { GrantId, ServiceId, Subject } from '../domain/names.ts'
import type { Service } from '../domain/service.ts'
import type { Settings } from '../domain/settings.ts'
import type { Rights } from '../domain/user.ts'
import type { Store, Stored } from '../store/store.ts'
import type { World } from '../world.ts'
import type { Budget } from './introspection-budget.ts'
import type { Limiter } from './limiter.ts'

/** Everything that a use case can ask for. Each names the slice that it needs. `create-curfew.ts` makes them. */
export interface Services {
  readonly settings: Settings
  readonly world: World
  readonly store: Store
  readonly accounts: Accounts
  readonly passwords: Passwords
  readonly signer: Signer
  readonly refreshTokens: RefreshTokens
  readonly sealer: Sealer
  readonly directory: Directory
  readonly followers: Followers
  readonly confirmation: Confirmation
  readonly introspections: Budget
  readonly limiter: Limiter
  /** Undefined: no mail is set up, and nothing that needs it exists. */
  readonly mail?: Mailer | undefined
  readonly log: Logger
}

/** The registered services, as they were at most a second ago: what a key is held against at each request to follow, without a query each. */
export interface Directory {
  /** `fresh`: read after this call began. */
  find(id: ServiceId, fresh?: boolean): Promise<Service | undefined>
  all(fresh?: boolean): Promise<readonly Service[]>
}

/** Who signs in: the accounts in our own database, or the application's. */
export type Accounts =
  | { readonly builtIn: true /** What new passwords are held against, beside our own list. */; readonly blocked?: Blocked | undefined }
  | {
      readonly builtIn: false
      /** Says who it is, or undefined for anybody else. Whatever it throws is a 503. */
      authenticate(given: { identifier: string; password: string; address?: string | undefined }): Promise<{ sub: Subject } | undefined>
      /** Today's rights; undefined: gone. Asked at every birth and refresh (P5). */
      find(sub: Subject): Promise<Rights | undefined>
    }

/** Sends mail, for the built-in accounts. */
export interface Mailer {
  /** People may sign in by a link that is mailed to them. */
  readonly signsIn: boolean
  /** Where links lead that are not for our own pages. */
  readonly pages: Readonly<Partial<Record<LinkPurpose, string>>>
  /** Does it after the caller was answered, so that the time of the answer tells nothing (PR-1). What fails is logged; beyond a bound it is 503. */
  later(work: () => Promise<unknown>): void
  send(letter: Letter): Promise<void>
  /** Why none was sent, on the console of whoever tries it out; in development only, since it tells who has an account. */
  unsent?(why: string): void
}

/** What a mail says. */
export interface Letter {
  readonly kind: LinkPurpose | 'password_changed' | 'mail_changed'
  readonly to: string
  /** What the person is called. */
  readonly name?: string | undefined
  readonly link?: string
  /** How long the link is good. */
  readonly minutes?: number
}

/** The operator's own block list (LG-4). */
export interface Blocked {
  readonly words?: readonly string[]
  isBlocked?(password: string): boolean | Promise<boolean>
}

/** Slow hashes, off the event loop, few at a time (LG-3). */
export interface Passwords {
  hash(password: string, isKnown?: boolean): Promise<string>
  /**
   * Takes the same time for an unknown user: `stored` undefined checks against a dummy, and is false. `isKnown`: somebody who is signed in, or whose
   * device was, and who waits behind no stranger (LG-2).
   */
  check(password: string, stored: string | undefined, isKnown?: boolean): Promise<boolean>
  /** Milliseconds that the slowest check so far computed, without its wait for a turn. */
  slowest?(): number
  /** For a password that was right: its hash as hashes are made today, where the stored one is of another system or of other costs. */
  renewed(password: string, stored: string): Promise<string | undefined>
  /** Why a hash cannot be imported, in half a sentence without the hash. */
  problemOf(stored: string): Promise<string | undefined>
}

/** Signs with today's keys, and opens what it signed. */
export interface Signer {
  accessToken(claims: AccessTokenClaims): string
  /** Good signature, form, `typ`, `iss`; says nothing about expiry or life. */
  openAccessToken(token: string): AccessTokenClaims | undefined
  idToken(claims: Readonly<Record<string, unknown>>, algorithm: 'ES256' | 'RS256'): Promise<string>
  /** For `id_token_hint`: expired is fine (OpenID Connect RP-Initiated Logout 1.0 §2). */
  openIdToken(token: string): Readonly<Record<string, unknown>> | undefined
  receipt(receipt: Receipt): string
  /** The public keys, RFC 7517, as JSON text made once. */
  jwks(): Promise<string>
  /** After something did not open: whether keys of another node have come meanwhile, so that it is worth another try. At once, mostly. */
  learn?(): Promise<boolean>
}

/** Structured, keyed refresh tokens (contract §3): garbage never reaches the store. */
export interface RefreshTokens {
  make(gid: GrantId, generation: number): string
  open(presented: string): { readonly gid: GrantId; readonly generation: number } | undefined
}

/** Values that travel through a browser and come back unread and unchanged: AES-256-GCM, bound to a label, with an end. */
export interface Sealer {
  seal(label: string, value: Readonly<Record<string, unknown>>, until: Instant): string
  open(label: string, sealed: string, now: Instant): Readonly<Record<string, unknown>> | undefined
}

/** F1–F7: the verifiers that ask. `closed` is fulfilled when the asker went away. */
export interface Followers {
  follow(asker: { readonly service: ServiceId; readonly local: boolean }, request: FollowRequest, closed?: AbortSignal): Promise<Followed>
  release(service: ServiceId, id: string): Promise<void>
  /** R1, clean stop: held requests are answered at once, later ones are refused with 503. */
  drain(): Promise<void>
}

export type Followed =
  | { readonly outcome: 'answer'; readonly answer: FollowAnswer /** Made once for all who get the same. */; readonly bytes?: Uint8Array }
  | { readonly outcome: 'behind' | 'refused' | 'full' | 'stopping' }

/** S2–S5: waits until no verifier is left that may accept what ended. */
export interface Confirmation {
  /**
   * Waits for `seq`, for at most `wait` seconds; `undefined` waits until it is decided (S6). Never longer than one lease and a little (W).
   * What is pending goes on, and its outcome is stored.
   */
  confirm(ending: Ending, wait: Seconds | undefined): Promise<Confirmed>
  /** S3, S5: the stored outcome, or S2 once more. */
  again(seq: number, ending: Omit<Ending, 'stored'> & { readonly committedAt?: Instant }, wait: Seconds | undefined): Promise<Confirmed>
  /** GET /receipts/{id}; undefined: no such receipt, or no longer. */
  byId(id: string, wait: Seconds | undefined): Promise<Confirmed | undefined>
}

/** What the entries say: the member of a receipt that tells it (S4). */
export type Told = { readonly ended: Name | Name[] } | { readonly cut: Cut } | { readonly stale: Cut }

/** What was ended, for the receipt. */
export interface Ending {
  readonly what: Told
  readonly stored: Stored
  /** Offline grants that live on. */
  readonly kept: readonly { readonly client: string; readonly scope: string }[]
}

/** The outcome of a sign-out, confirmed or pending. */
export interface Confirmed {
  readonly outcome: 'confirmed' | 'pending'
  /** For `Location: /receipts/<id>`. */
  readonly id: string
  readonly seq: number
  readonly tookMs?: number
  readonly latestInMs?: number
  /** Everything, for operators. */
  readonly whole: Receipt
  /** Outcome, times, counts, and the names of public services (S4): for end users and clients. */
  readonly shown: Receipt
}

/** The shape of pino, and of most others. Never given a token, code, cookie or password; `sid` only hashed (LO-1). */
export interface Logger {
  debug(facts: object, message?: string): void
  info(facts: object, message?: string): void
  warn(facts: object, message?: string): void
  error(facts: object, message?: string): void
}

/** What a client gets for a grant: RFC 6749 §5.1. */
export interface TokenAnswer {
  readonly access_token: string
  readonly token_type: 'Bearer'
  readonly expires_in: Seconds
  readonly refresh_token?: string
  readonly scope?: string
  readonly id_token?: string
}
