import type { AuthorizationCode } from './authorization-code.ts'
import type { Client } from './client.ts'
import type { Grant } from './grant.ts'
import type { Instant } from './instant.ts'
import type { MailedLink } from './mailed-link.ts'
import type { ClientId, GrantId, Hash, ServiceId, SessionId, Subject, TokenId, UserId } from './names.ts'
import type { Position } from './position.ts'
import type { Service } from './service.ts'
import type { Reason, Session } from './session.ts'
import type { User } from './user.ts'

/** What can be dead by name. `expiresAt` bounds how long a token's name must be remembered (M3). */
export type Endable =
  | { readonly session: SessionId }
  | { readonly grant: GrantId }
  | { readonly token: TokenId; readonly expiresAt: Instant }
  | { readonly key: string }

/** What can be cut, or made stale: all that a user, a client, or everybody has. `usr` is what the entry names. */
export type Cuttable = { readonly user: Subject; readonly usr: UserId } | { readonly client: ClientId } | 'everything'

/** `thisCut`: the number of the cut that the same verdict makes (P4). */
export type BornAt = Position | 'thisCut'

/**
 * What a decision can leave behind: verbs, a closed list, each one statement in each adapter; never a generic `put`.
 * `end`, `cut` and `stale` are the ledger append (L1, L2): nobody can end something and forget the entry.
 * An adapter carries them out in the order of the list, but gives out ledger numbers last (L2).
 */
export type Effect =
  | { readonly do: 'addUser'; readonly user: Omit<User, 'cut' | 'stale' | 'deleted'> }
  | {
      readonly do: 'changeUser'
      readonly sub: Subject
      readonly to: Partial<Pick<User, 'name' | 'roles' | 'scopes' | 'claims' | 'disabled' | 'password' | 'mail' | 'mailVerified'>>
    }
  /** The row stays with `usr` and `cut`; everything that tells who it was goes. */
  | { readonly do: 'removeUser'; readonly sub: Subject }
  /** Instead of the one that the user had for the same purpose (PR-1: the newest wins). Only under the lock of its user. */
  | { readonly do: 'mailLink'; readonly link: MailedLink }
  /** It is gone: nobody uses it twice. Only under the lock of its user. */
  | { readonly do: 'useLink'; readonly hash: Hash }
  | { readonly do: 'openSession'; readonly session: Omit<Session, 'pos'>; readonly position: BornAt }
  | { readonly do: 'openGrant'; readonly grant: Omit<Grant, 'pos'>; readonly position: BornAt }
  | { readonly do: 'touchSession'; readonly sid: SessionId; readonly lastUsedAt: Instant; readonly idleExpiresAt: Instant }
  /** The same user signed in again in the same browser: new cookie, same `sid` (contract §3). */
  | {
      readonly do: 'reauthenticate'
      readonly sid: SessionId
      /** undefined: a session without one, or it stays. */
      readonly cookie?: Hash
      readonly authTime: Instant
      readonly amr: readonly string[]
      /** Where they did: binding holds what comes against it from now on. */
      readonly address?: string
    }
  /** The same for the one grant that was shown with it; other grants keep the sign-in that they were born from (SS-1). */
  | {
      readonly do: 'reauthenticateGrant'
      readonly gid: GrantId
      readonly authTime: Instant
      readonly amr: readonly string[]
      readonly address?: string
    }
  /** A try is counted (LG-2). */
  | { readonly do: 'throttle'; readonly key: Hash; readonly arrival: Instant }
  /** A try that was counted is not any more; milliseconds. */
  | { readonly do: 'giveBack'; readonly key: Hash; readonly by: number }
  | { readonly do: 'rotate'; readonly gid: GrantId; readonly generation: number; readonly at: Instant; readonly idleExpiresAt: Instant }
  | { readonly do: 'issueCode'; readonly code: AuthorizationCode }
  | { readonly do: 'redeem'; readonly hash: Hash; readonly gid: GrantId }
  | {
      readonly do: 'consent'
      readonly sub: Subject
      readonly clientId: ClientId
      readonly scope: string
      readonly audience: string
      readonly redirectHost: string
      readonly at: Instant
    }
  /** All that they allowed this client is forgotten. Only under the lock of its user. */
  | { readonly do: 'withdraw'; readonly sub: Subject; readonly clientId: ClientId }
  | { readonly do: 'putClient'; readonly client: Omit<Client, 'cut' | 'stale'> }
  | { readonly do: 'putService'; readonly service: Service }
  | { readonly do: 'removeService'; readonly id: ServiceId }
  /** Marks the row AND appends to the ledger; `until` is computed where the number is given (L2, M3). */
  | { readonly do: 'end'; readonly what: Endable; readonly why: Reason }
  | { readonly do: 'cut'; readonly what: Cuttable; readonly why: Reason }
  /** P6: in one transaction with the change of rights, where that is ours. */
  | { readonly do: 'stale'; readonly what: Cuttable }

/** What a decision says: its outcome, and what it leaves behind. */
export interface Verdict {
  readonly outcome: string
  readonly effects?: readonly Effect[]
}
