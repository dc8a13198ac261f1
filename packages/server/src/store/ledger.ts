import type { Entry } from '@curfew/verifier/wire'
import type { Instant } from '../domain/instant.ts'
import type { ServiceId } from '../domain/names.ts'

/** One verifier's asking, to be written down before it is answered (F1). */
export interface Beat {
  readonly service: ServiceId
  readonly id: string
  readonly after: number
  /** In the issuer's own process: dies with it, and is not written at a clean stop (R1). */
  readonly local: boolean
  /** V9: which sorts of entries it knows, by the version that it speaks; without it, the first. */
  readonly version?: number
}

/** Calls of `beat` at a time: who asks just after the first is not held up by its commit, and all others share the next. */
export const beatsAtATime = 2

export type BeatAnswer =
  | { readonly outcome: 'written'; readonly leaseMs: number; readonly head: number }
  | { readonly outcome: 'refused' }
  | { readonly outcome: 'full' }
  /** V9: it does not know every sort in use, so nothing was written, and no lease is given. */
  | { readonly outcome: 'outdated'; readonly head: number }

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
  /** D4: an outage is planned, and who has heard of what tells who has the long lease. */
  readonly isPaused: boolean
  /** Every row and those of the past, of the same moment, where the store read them with the look. */
  readonly whole?: { readonly rows: readonly VerifierRow[]; readonly past: readonly VerifierRow[] }
}

/** A planned outage: until when, and the lease of before. */
export interface Pause {
  readonly until: Instant
  readonly leaseBack: number
}

/** The part of the database that the logout protocol rests on (protocol.md). */
export interface Ledger {
  /** F1, for all who ask at once: written and committed before anything is read for them. */
  beat(rows: readonly Beat[]): Promise<readonly BeatAnswer[]>
  /** F2, L3: head, horizon (an `Instant`, milliseconds; the wire has it in seconds, rounded down) and the entries after `after` in one statement; at most `limit`, then `more`. */
  read(
    after: number,
    limit: number,
  ): Promise<{ readonly head: number; readonly horizon: Instant; readonly entries: readonly Entry[]; readonly more: boolean }>
  /** S2: the rows that have not acknowledged `seq` yet. */
  waitingFor(seq: number): Promise<Waiting>
  /** L4 and display: every row. */
  rows(): Promise<
    Waiting & {
      readonly leaseMs: number
      readonly head: number
      readonly horizon: Instant
      readonly past: readonly VerifierRow[]
      /** D4. */
      readonly pause: Pause | undefined
    }
  >
  /** F6: the verifier gave up its lease for good. */
  release(service: ServiceId, id: string): Promise<void>
  /** L4: removes the row if its beat is still the one that was watched for `W`. */
  forget(row: VerifierRow): Promise<void>
  /** E1: moves the horizon from the one that was seen for a minute, and deletes what it passes. */
  advanceHorizon(seen: Instant): Promise<void>
  /** D3. Raising is at once; lowering changes what is given, `lowerWait` what is waited. */
  changeLease(leaseMs: number): Promise<void>
  lowerWait(incarnation: string): Promise<void>
  /**
   * D4: raises the lease so that verifiers sleep through an outage of so many milliseconds, and notes the one of before. `endPause` lowers to that
   * one again: at once, or, as any node may, only where the database's clock says that the pause is over. Nothing where there is none.
   */
  pause(milliseconds: number): Promise<void>
  endPause(when: 'now' | 'over'): Promise<void>
  /** R1, R2: confirmation may begin; only if nothing changed since `incarnation` was seen for `W`. */
  settle(incarnation: string): Promise<void>
  /**
   * R2, after a restored backup or a failover that can have lost commits, before any node runs: the ledger jumps above every number ever given,
   * all tokens, sessions and signing keys of before end, and nothing is confirmed until a lease as long as this has passed (milliseconds).
   * Numbers come from the second of the database's clock, so it waits for the next one: no two restores of one backup give out the same.
   */
  restore(longestLeaseMs: number): Promise<void>
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
