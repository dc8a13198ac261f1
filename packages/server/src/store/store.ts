import type { Entry } from '@curfew/verifier/wire'
import type { AuthorizationCode } from '../domain/authorization-code.ts'
import type { Client } from '../domain/client.ts'
import type { Allowed } from '../domain/consent.ts'
import type { Verdict } from '../domain/effect.ts'
import type { Grant } from '../domain/grant.ts'
import type { Instant } from '../domain/instant.ts'
import type { Arrivals } from '../domain/limit.ts'
import type { MailedLink } from '../domain/mailed-link.ts'
import type { ClientId, GrantId, Hash, ServiceId, SessionId, Subject, TokenId, UserId } from '../domain/names.ts'
import type { At, Position } from '../domain/position.ts'
import type { Service } from '../domain/service.ts'
import type { Session } from '../domain/session.ts'
import type { User } from '../domain/user.ts'
import type { Ledger } from './ledger.ts'

export type { Beat, BeatAnswer, Ledger, StoredReceipt, VerifierRow, Waiting } from './ledger.ts'

/** Everything that is decided under a lock goes through here; there is no other way to change protocol state. */
export interface Store {
  /**
   * Loads under one lock, decides, stores the effects, in one transaction; resolves when that is durable.
   * `at` is the database's clock and ledger head, read together in its first statement, before any row (M1, P5). `decide` may be called again.
   * A `decide` that throws is refused alone; nothing of it is stored.
   */
  update<L extends Load, V extends Verdict>(load: L, decide: (held: Held[L['kind']], at: At) => V): Promise<V & Stored>

  /**
   * Where an operation starts that a birth will rest on, or that asks elsewhere for rights: rows, ledger head and clock in one statement
   * (P1, P5). Only it makes a `Position`; a code or an interaction keeps the one that it began with.
   */
  begin<Q extends Query>(query: Q): Promise<{ readonly rows: Rows[Q['kind']]; readonly at: At; readonly position: Position }>

  readonly lists: Lists
  readonly ledger: Ledger
  readonly keys: KeyStore

  /** Removes what no token can rest on any more, in small bites; says whether there is more. */
  prune(limit: number): Promise<{ removed: number; more: boolean }>
  /** R1: a clean stop writes the verifiers' rows and `clean`, durably, then closes. Idempotent. */
  close(): Promise<void>
}

/** What was stored beside the verdict: the entries that its effects became, in order, and when COMMIT returned. */
export interface Stored {
  readonly entries: readonly Entry[]
  /** Monotonic milliseconds of this process (S2, S4). */
  readonly committed: number
  /** Database clock of the transaction. */
  readonly committedAt: Instant
}

/** What can be loaded together. Each is one statement in each adapter. The row that is named first is locked. */
export type Load =
  /** A free name for a new account: locked, so that two sign-ups give one. */
  | { readonly kind: 'identifier'; readonly identifier: string }
  /** The user (locked first: P4), their live sessions and offline grants, the client of the sign-in, a link that was mailed to them, the issuer's marks. */
  | { readonly kind: 'user'; readonly sub: Subject; readonly clientId?: ClientId; readonly link?: Hash }
  /** The session, its user's live offline grants, the client named (or the one that it was signed in for), marks. */
  | { readonly kind: 'session'; readonly sid: SessionId; readonly clientId?: ClientId }
  /** By the browser's cookie: the session, the client named and the grant that it has under it for this audience (not an offline one). */
  | { readonly kind: 'browser'; readonly cookie: Hash; readonly clientId: ClientId; readonly audience: string }
  /** The grant (locked), its session, the marks of user, client, issuer, a built-in user's rights (read). */
  | { readonly kind: 'grant'; readonly gid: GrantId }
  /** The code, its session, the grant that it was redeemed for, and the user's other live offline grants of its client. */
  | { readonly kind: 'code'; readonly hash: Hash }
  /** A user (locked first: a redemption comes before or after), and what of theirs this client has and lives (locked). */
  | { readonly kind: 'granted'; readonly sub: Subject; readonly clientId: ClientId }
  | { readonly kind: 'token'; readonly jti: TokenId }
  | { readonly kind: 'client'; readonly id: ClientId }
  | { readonly kind: 'service'; readonly id: ServiceId }
  /** What is counted of each key: locked, those that are not there as well. No key twice. */
  | { readonly kind: 'limits'; readonly keys: readonly Hash[] }
  | { readonly kind: 'issuer' }

/** The issuer's own marks. */
export interface Issuer {
  readonly cut: number
  readonly stale: number
}

export interface Held {
  identifier: { readonly user: User | undefined; readonly issuer: Issuer }
  user: {
    readonly user: User | undefined
    readonly sessions: readonly Session[]
    readonly offline: readonly Grant[]
    readonly client: Client | undefined
    /** The link that was asked for, if it is there, and theirs. */
    readonly link?: MailedLink | undefined
    readonly issuer: Issuer
  }
  session:
    | {
        readonly session: Session
        readonly user: User
        readonly offline: readonly Grant[]
        readonly client: Client | undefined
        readonly issuer: Issuer
      }
    | undefined
  browser:
    | {
        readonly session: Session
        readonly grant: Grant | undefined
        readonly user: User
        readonly client: Client | undefined
        readonly issuer: Issuer
      }
    | undefined
  grant:
    | {
        readonly grant: Grant
        readonly session: Session | undefined
        readonly user: User
        readonly client: Client
        readonly issuer: Issuer
      }
    | undefined
  code:
    | {
        readonly code: AuthorizationCode
        readonly session: Session | undefined
        readonly grant: Grant | undefined
        readonly user: User
        readonly client: Client
        /** The user's live offline grants of this client. */
        readonly offline: readonly Grant[]
        /** Whether they have it allowed for the code's audience. */
        readonly allowed: boolean
        readonly issuer: Issuer
      }
    | undefined
  granted: { readonly user: User | undefined; readonly granted: readonly Grant[] }
  /** The number of the entry that named it, if one did. */
  token: { readonly endedSeq: number | undefined }
  client: { readonly client: Client | undefined; readonly issuer: Issuer }
  service: { readonly service: Service | undefined; readonly sharing: readonly Service[] }
  /** Of those that were counted. */
  limits: Arrivals
  issuer: { readonly issuer: Issuer }
}

/** What can be read at the start of an operation. */
export type Query =
  | { readonly kind: 'head' }
  | { readonly kind: 'identifier'; readonly identifier: string }
  | { readonly kind: 'user'; readonly sub: Subject }
  /** Who has shown that this address is theirs. */
  | { readonly kind: 'mail'; readonly mail: string }
  /** A mailed link that is still there, and its user. */
  | { readonly kind: 'link'; readonly hash: Hash }
  | { readonly kind: 'grant'; readonly gid: GrantId }
  /** `limits`: what is counted of these keys as well. */
  | { readonly kind: 'client'; readonly id: ClientId; readonly limits?: readonly Hash[] }
  | { readonly kind: 'browser'; readonly cookie: Hash }
  /** All that an authorization request rests on: its client, the browser's session and user, what was consented before, whether the audience is known. */
  | { readonly kind: 'authorization'; readonly clientId: ClientId; readonly cookie?: Hash }
  /** All that Covered asks of the database for a token (M2, introspection). */
  | {
      readonly kind: 'token'
      readonly jti: TokenId
      readonly sid?: SessionId
      readonly gid?: GrantId
      readonly usr?: UserId
      readonly clientId: ClientId
    }
  | { readonly kind: 'code'; readonly hash: Hash }

export interface Rows {
  head: undefined
  identifier: User | undefined
  user: User | undefined
  mail: User | undefined
  link: { readonly link: MailedLink; readonly user: User; readonly issuer: Issuer } | undefined
  grant:
    | {
        readonly grant: Grant
        readonly client: Client
        readonly user: User
        readonly session: Session | undefined
        readonly issuer: Issuer
      }
    | undefined
  client: { readonly client: Client | undefined; readonly issuer: Issuer; readonly arrivals: Arrivals }
  browser: { readonly session: Session; readonly user: User; readonly issuer: Issuer } | undefined
  authorization: {
    readonly client: Client | undefined
    readonly browser: { readonly session: Session; readonly user: User } | undefined
    readonly consents: readonly Consent[]
    readonly issuer: Issuer
  }
  token: {
    readonly session: Session | undefined
    readonly grant: Grant | undefined
    readonly user: User | undefined
    readonly client: Client | undefined
    readonly issuer: Issuer
    /** The entry that named the `jti`. */
    readonly endedSeq: number | undefined
    /** An `Instant`: milliseconds. */
    readonly horizon: number
  }
  code:
    | { readonly code: AuthorizationCode; readonly client: Client; readonly user: User; readonly session: Session | undefined }
    | undefined
}

/** What a user allowed a client, for one audience. */
export interface Consent extends Allowed {
  readonly at: Instant
}

/** Read-only lists for pages and the command line. They decide nothing. */
export interface Lists {
  users(after: string, limit: number): Promise<readonly User[]>
  user(identifierOrSub: string): Promise<User | undefined>
  /** Live ones, newest first. */
  sessions(sub: Subject): Promise<readonly Session[]>
  grants(sub: Subject): Promise<readonly Grant[]>
  consents(sub: Subject): Promise<readonly Consent[]>
  /** By any id, live or ended, for `who` and `inspect`. */
  session(sid: SessionId): Promise<Session | undefined>
  grant(gid: GrantId): Promise<Grant | undefined>
  /** Live sessions of everybody, newest first. */
  allSessions(limit: number): Promise<readonly Session[]>
  clients(): Promise<readonly Client[]>
  services(): Promise<readonly Service[]>
  entries(after: number, limit: number): Promise<readonly Entry[]>
  counts(): Promise<{ users: number; sessions: number; grants: number; entries: number }>
}

/** A key at rest: public half in clear, private half sealed under the master key. */
export interface SealedKey {
  readonly id: string
  readonly use: 'sign' | 'refresh_mac' | 'seal'
  readonly algorithm: string
  readonly publicJwk?: Readonly<Record<string, unknown>>
  readonly sealed: Uint8Array
  readonly createdAt: Instant
  readonly endedAt?: Instant
}

export interface KeyStore {
  all(): Promise<readonly SealedKey[]>
  /** Adds it unless one with the same id is there; returns the one that is. */
  add(key: SealedKey): Promise<SealedKey>
  /** Where other nodes add keys, too: called when one did. A hint (L3). Returns what stops it. */
  onChange?(wake: () => void): () => void
}
