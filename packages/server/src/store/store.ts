import type { Entry } from '@curfew/verifier/wire'
import type { AuthorizationCode } from '../domain/authorization-code.ts'
import type { Client } from '../domain/client.ts'
import type { Verdict } from '../domain/effect.ts'
import type { Grant } from '../domain/grant.ts'
import type { Instant } from '../domain/instant.ts'
import type { ClientId, GrantId, Hash, ServiceId, SessionId, Subject, TokenId, UserId } from '../domain/names.ts'
import type { At, Position } from '../domain/position.ts'
import type { Service } from '../domain/service.ts'
import type { Session } from '../domain/session.ts'
import type { User } from '../domain/user.ts'

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
  /** The user (locked first: P4), their live sessions and offline grants, the client of the sign-in, the issuer's marks. */
  | { readonly kind: 'user'; readonly sub: Subject; readonly clientId?: ClientId }
  /** The session, its user's live offline grants, the client named (or the one that it was signed in for), marks. */
  | { readonly kind: 'session'; readonly sid: SessionId; readonly clientId?: ClientId }
  /** By the browser's cookie: the session, the client named and the grant that it has under it (not an offline one). */
  | { readonly kind: 'browser'; readonly cookie: Hash; readonly clientId: ClientId }
  /** The grant (locked), its session, the marks of user, client, issuer, a built-in user's rights (read). */
  | { readonly kind: 'grant'; readonly gid: GrantId }
  | { readonly kind: 'code'; readonly hash: Hash }
  | { readonly kind: 'token'; readonly jti: TokenId }
  | { readonly kind: 'client'; readonly id: ClientId }
  | { readonly kind: 'service'; readonly id: ServiceId }
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
        readonly issuer: Issuer
      }
    | undefined
  /** The number of the entry that named it, if one did. */
  token: { readonly endedSeq: number | undefined }
  client: { readonly client: Client | undefined; readonly issuer: Issuer }
  service: { readonly service: Service | undefined; readonly sharing: readonly Service[] }
  issuer: { readonly issuer: Issuer }
}

/** What can be read at the start of an operation. */
export type Query =
  | { readonly kind: 'head' }
  | { readonly kind: 'identifier'; readonly identifier: string }
  | { readonly kind: 'user'; readonly sub: Subject }
  | { readonly kind: 'grant'; readonly gid: GrantId }
  | { readonly kind: 'client'; readonly id: ClientId }
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
  grant:
    | {
        readonly grant: Grant
        readonly client: Client
        readonly user: User
        readonly session: Session | undefined
        readonly issuer: Issuer
      }
    | undefined
  client: { readonly client: Client | undefined; readonly issuer: Issuer }
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
export interface Consent {
  readonly clientId: ClientId
  readonly scope: string
  readonly audience: string
  readonly redirectHost: string
  readonly at: Instant
}

/** Read-only lists for pages and the command line. They decide nothing. */
export interface Lists {
  users(after: string, limit: number): Promise<readonly User[]>
  user(identifierOrSub: string): Promise<User | undefined>
  /** Live ones, newest first. */
  sessions(sub: Subject): Promise<readonly Session[]>
  grants(sub: Subject): Promise<readonly Grant[]>
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

/** One verifier's asking, to be written down before it is answered (F1). */
export interface Beat {
  readonly service: ServiceId
  readonly id: string
  readonly after: number
  /** In the issuer's own process: dies with it, and is not written at a clean stop (R1). */
  readonly local: boolean
}

export type BeatAnswer =
  | { readonly outcome: 'written'; readonly leaseMs: number; readonly head: number }
  | { readonly outcome: 'refused' }
  | { readonly outcome: 'full' }

/** A verifier as the database knows it. */
export interface VerifierRow {
  readonly service: ServiceId
  readonly id: string
  readonly acked: number
  readonly beat: number
  /** For display only. */
  readonly seen: Instant
  readonly gone?: { readonly why: 'released' | 'silent'; readonly at: Instant }
}

/** What confirmation and housekeeping read together (S2, R1, R2, D3). */
export interface Waiting {
  readonly rows: readonly VerifierRow[]
  readonly waitMs: number
  readonly settled: boolean
  readonly incarnation: string
}

/** The part of the database that the logout protocol rests on (protocol.md). */
export interface Ledger {
  /** F1, for all who ask at once: written and committed before anything is read for them. */
  beat(rows: readonly Beat[]): Promise<readonly BeatAnswer[]>
  /** F2, L3: head, horizon (an `Instant`, milliseconds; the wire has it in seconds, rounded down) and the entries after `after` in one statement; at most `limit`, then `more`. */
  read(
    after: number,
    limit: number,
  ): Promise<{ readonly head: number; readonly horizon: number; readonly entries: readonly Entry[]; readonly more: boolean }>
  /** S2: the rows that have not acknowledged `seq` yet. */
  waitingFor(seq: number): Promise<Waiting>
  /** L4 and display: every row. */
  rows(): Promise<
    Waiting & { readonly leaseMs: number; readonly head: number; readonly horizon: number; readonly past: readonly VerifierRow[] }
  >
  /** F6: the verifier gave up its lease for good. */
  release(service: ServiceId, id: string): Promise<void>
  /** L4: removes the row if its beat is still the one that was watched for `W`. */
  forget(row: VerifierRow): Promise<void>
  /** E1: moves the horizon from the one that was seen for a minute, and deletes what it passes. */
  advanceHorizon(seen: number): Promise<void>
  /** D3. Raising is at once; lowering changes what is given, `lowerWait` what is waited. */
  changeLease(leaseMs: number): Promise<void>
  lowerWait(incarnation: string): Promise<void>
  /** R1, R2: confirmation may begin; only if nothing changed since `incarnation` was seen for `W`. */
  settle(incarnation: string): Promise<void>
  /** M3: the longest access token from now on; raised before the first such token, never lowered here. */
  raiseMaxTtl(milliseconds: number): Promise<void>
  /** S5. */
  saveReceipt(receipt: StoredReceipt): Promise<void>
  receipt(id: string): Promise<StoredReceipt | undefined>
  receiptFor(seq: number): Promise<StoredReceipt | undefined>
  /** In this process: called after each durable commit that appended an entry or moved an acknowledgement. A hint (L3). Returns what stops it. */
  onChange(wake: (what: 'entry' | 'acknowledged') => void): () => void
}

/** The outcome of an ending, for whoever asks later (S3, S5). */
export interface StoredReceipt {
  readonly id: string
  readonly seq: number
  readonly outcome: 'confirmed' | 'pending'
  /** The payload of the receipt as operators see it. */
  readonly body: Readonly<Record<string, unknown>>
  readonly until: Instant
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
}
