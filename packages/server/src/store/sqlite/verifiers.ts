import type { Instant } from '../../domain/instant.ts'
import type { ServiceId } from '../../domain/names.ts'
import type { Beat, VerifierRow } from '../store.ts'
import { type Database, prepareReader, prepareWriter } from './database.ts'

/** The verifiers, in this process's memory: F1 is an assignment (protocol.md, One process with SQLite). */
export interface Verifiers {
  /** F1. Says whether the acknowledgement moved; undefined: no room for a new row (F7). */
  write(beat: Beat, head: number, maxRows: number, now: Instant): { readonly moved: boolean } | undefined
  all(): readonly VerifierRow[]
  /** Kept for a day, for display. */
  past(now: Instant): readonly VerifierRow[]
  /** Removes it; with `beat` only if it is still that one (L4). Says whether it did. */
  remove(service: ServiceId, id: string, why: 'released' | 'silent', now: Instant, beat?: number): boolean
  /** R2: forgets them all. */
  clear(): void
  /** R1: writes them down. In the transaction of a clean stop. */
  save(): void
  /** R1: takes what a clean stop wrote. In the transaction of the start. */
  load(): void
}

const day = 24 * 3_600_000
const mostPast = 1000

/** An empty map. */
export function verifiersIn(database: Database): Verifiers {
  const services = new Map<ServiceId, Map<string, VerifierRow & { readonly local: boolean }>>()
  let past: VerifierRow[] = []
  // Never used before in this process; whoever watches a beat (L4) is in it.
  let beats = 0

  const row = ({ service, id, acked, beat, seen }: VerifierRow): VerifierRow => ({ service, id, acked, beat, seen })

  return {
    write({ service, id, after, local }, head, maxRows, now) {
      const known = services.get(service)
      const before = known?.get(id)
      if (!before && (known?.size ?? 0) >= maxRows) return undefined // F7
      // F1: never what was not given out yet, and never back.
      const acked = Math.max(before?.acked ?? 0, Math.min(after, head))
      const rows = known ?? new Map()
      if (!known) services.set(service, rows)
      beats += 1
      rows.set(id, { service, id, acked, beat: beats, seen: now, local })
      return { moved: before !== undefined && acked > before.acked }
    },
    all: () => [...services.values()].flatMap((rows) => [...rows.values()].map(row)),
    past(now) {
      past = past.filter(({ gone }) => gone !== undefined && gone.at > now - day)
      return past
    },
    remove(service, id, why, now, beat) {
      const rows = services.get(service)
      const found = rows?.get(id)
      if (!rows || !found || (beat !== undefined && found.beat !== beat)) return false
      rows.delete(id)
      if (rows.size === 0) services.delete(service)
      past = [...past.slice(1 - mostPast), { ...row(found), gone: { why, at: now } }]
      return true
    },
    clear: () => services.clear(),
    save() {
      prepareWriter(database, 'DELETE FROM verifiers')()
      const insert = prepareWriter(database, 'INSERT INTO verifiers (service, id, acked, beat, seen) VALUES (?, ?, ?, ?, ?)')
      for (const rows of services.values()) {
        for (const { service, id, acked, beat, seen, local } of rows.values()) if (!local) insert(service, id, acked, beat, seen)
      }
    },
    load() {
      for (const [service, id, acked, beat, seen] of prepareReader(
        database,
        'SELECT service, id, acked, beat, seen FROM verifiers',
      ).all()) {
        const rows = services.get(String(service)) ?? new Map()
        services.set(String(service), rows)
        rows.set(String(id), {
          service: String(service),
          id: String(id),
          acked: Number(acked),
          beat: Number(beat),
          seen: Number(seen),
          local: false,
        })
        beats = Math.max(beats, Number(beat))
      }
      prepareWriter(database, 'DELETE FROM verifiers')()
    },
  }
}
