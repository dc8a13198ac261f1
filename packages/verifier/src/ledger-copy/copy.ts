import type { AccessTokenClaims, Entry } from '../wire/index.ts'
import { makeNameTable, type NameTable } from './name-table.ts'

/** By what the ledger covers a token. */
export type Covering =
  | 'session_ended'
  | 'grant_ended'
  | 'token_ended'
  | 'key_ended'
  | 'user_cut'
  | 'client_cut'
  | 'everything_cut'
  | 'user_stale'
  | 'client_stale'
  | 'everything_stale'

/** What of a token the ledger can cover. */
export type Coverable = Pick<AccessTokenClaims, 'sid' | 'gid' | 'jti' | 'usr' | 'client_id' | 'pos' | 'seq'>

/** A verifier's copy of the ledger. Only ever moves forward (V3). */
export interface LedgerCopy {
  /** The number up to which every entry that still matters is in it. */
  readonly seq: number
  /** Tokens that expire at this second or before are dead (E3). */
  readonly horizon: number
  /** Moves whenever an entry comes in, so that a token need not be held against the same copy twice. */
  readonly revision: number
  take(entries: readonly Entry[]): void
  advance(upTo: number, horizon: number): void
  covers(claims: Coverable, kid: string): Covering | undefined
  size(): number
}

type Mark = { seq: number; until: number }
type Marks = { users: Map<string, Mark>; clients: Map<string, Mark>; everything: Mark }

/** Makes an empty copy: a verifier that is cold. */
export function makeCopy(): LedgerCopy {
  const ended = { sid: makeNameTable(), gid: makeNameTable(), jti: makeNameTable(), kid: makeNameTable() }
  const cuts = makeMarks()
  const stales = makeMarks()
  let seq = 0
  let horizon = 0
  let revision = 0

  return {
    get seq() {
      return seq
    },
    get horizon() {
      return horizon
    },
    get revision() {
      return revision
    },

    take(entries) {
      if (entries.length > 0) revision++
      for (const entry of entries) {
        if ('ended' in entry) addEnded(entry, ended)
        else if ('cut' in entry) raise(cuts, entry.cut, entry)
        else raise(stales, entry.stale, entry)
      }
    },

    // V3: nothing goes back, whatever order answers arrive in.
    advance(upTo, newHorizon) {
      seq = Math.max(seq, upTo)
      if (newHorizon <= horizon) return
      horizon = newHorizon
      // E3: forgotten by the ledger's own horizon, never by a clock of ours.
      for (const table of Object.values(ended)) table.forget(horizon)
      for (const marks of [cuts, stales]) forget(marks, horizon)
    },

    // Covered. The numbers are compared with `<`: what was born at the entry's own number is not hit.
    covers(claims, kid) {
      if (claims.sid !== undefined && ended.sid.has(claims.sid)) return 'session_ended'
      if (claims.gid !== undefined && ended.gid.has(claims.gid)) return 'grant_ended'
      if (ended.jti.has(claims.jti)) return 'token_ended'
      if (ended.kid.has(kid)) return 'key_ended'
      const by = marked(cuts, claims, claims.pos)
      if (by !== undefined) return `${by}_cut`
      const staleBy = marked(stales, claims, claims.seq)
      return staleBy && `${staleBy}_stale`
    },

    size() {
      let size = 0
      for (const table of Object.values(ended)) size += table.size()
      for (const marks of [cuts, stales]) size += marks.users.size + marks.clients.size + (marks.everything.until > 0 ? 1 : 0)
      return size
    },
  }
}

function addEnded(entry: Extract<Entry, { ended: unknown }>, tables: Record<'sid' | 'gid' | 'jti' | 'kid', NameTable>): void {
  for (const [sort, name] of Object.entries(entry.ended)) tables[sort as keyof typeof tables].add(name, entry.until)
}

function makeMarks(): Marks {
  return { users: new Map(), clients: new Map(), everything: { seq: 0, until: 0 } }
}

/** The highest number per key is enough: it covers all that the lower ones do. */
function raise(marks: Marks, whom: { usr?: string; client_id?: string }, entry: Mark): void {
  const before = markOf(marks, whom) ?? { seq: 0, until: 0 }
  const mark = { seq: Math.max(before.seq, entry.seq), until: Math.max(before.until, entry.until) }
  if (whom.usr !== undefined) marks.users.set(whom.usr, mark)
  else if (whom.client_id !== undefined) marks.clients.set(whom.client_id, mark)
  else marks.everything = mark
}

function markOf(marks: Marks, whom: { usr?: string; client_id?: string }): Mark | undefined {
  if (whom.usr !== undefined) return marks.users.get(whom.usr)
  return whom.client_id !== undefined ? marks.clients.get(whom.client_id) : marks.everything
}

function marked(marks: Marks, claims: Coverable, position: number): 'user' | 'client' | 'everything' | undefined {
  if (claims.usr !== undefined && position < (marks.users.get(claims.usr)?.seq ?? 0)) return 'user'
  if (position < (marks.clients.get(claims.client_id)?.seq ?? 0)) return 'client'
  return position < marks.everything.seq ? 'everything' : undefined
}

function forget(marks: Marks, horizon: number): void {
  for (const map of [marks.users, marks.clients]) for (const [key, mark] of map) if (mark.until <= horizon) map.delete(key)
  if (marks.everything.until <= horizon) marks.everything = { seq: 0, until: 0 }
}
