import type { Cuttable, Effect, Endable } from '../../domain/effect.ts'
import { idBytes } from '../blob.ts'
import { margin } from '../margins.ts'
import { clock } from './database.ts'
import type { Statement, Value } from './driver.ts'
import type { StepName } from './steps.ts'

/** The effects that the ledger tells of. */
export type Numbered = Extract<Effect, { do: 'end' | 'cut' | 'stale' }>

/** A line of the ledger that waits for its number. */
export interface Line {
  readonly sort: 'ended' | 'cut' | 'stale'
  readonly what: 'sid' | 'gid' | 'jti' | 'kid' | 'usr' | 'client_id' | 'everything'
  /** As the entry has it. */
  readonly name: string | undefined
  /** As the ledger keeps it. */
  readonly id: Uint8Array | null
  /** By what its row is found, where that is not the name. */
  readonly row: string | null
  readonly expires: number | null
  readonly why: string | null
  /** What locks the row that it is about, before any number is taken. */
  readonly lock: readonly [step: StepName, row: readonly Value[]] | undefined
}

/** What is to be told of an effect. */
export function lineOf(effect: Numbered): Line {
  return effect.do === 'end' ? endLine(effect.what, effect.why) : markLine(effect.do, effect.what)
}

function endLine(what: Endable, why: string): Line {
  const line = { sort: 'ended', row: null, expires: null, why } as const
  if ('session' in what) {
    const id = idBytes(what.session)
    return { ...line, what: 'sid', name: what.session, id, lock: ['lockSession', [id]] }
  }
  if ('grant' in what) {
    const id = idBytes(what.grant)
    return { ...line, what: 'gid', name: what.grant, id, lock: ['lockGrant', [id]] }
  }
  // A second entry for one token meets the unique index.
  if ('token' in what) return { ...line, what: 'jti', name: what.token, id: idBytes(what.token), expires: what.expiresAt, lock: undefined }
  return { ...line, what: 'kid', name: what.key, id: Buffer.from(what.key), row: what.key, lock: ['lockKey', [what.key]] }
}

function markLine(sort: 'cut' | 'stale', what: Cuttable): Line {
  const line = { sort, expires: null, why: null } as const
  if (what === 'everything') return { ...line, what, name: undefined, id: null, row: null, lock: ['lockIssuer', [true]] }
  if ('user' in what) {
    const id = idBytes(what.usr)
    return { ...line, what: 'usr', name: what.usr, id, row: what.user, lock: ['lockUser', [what.user, id]] }
  }
  return {
    ...line,
    what: 'client_id',
    name: what.client,
    id: Buffer.from(what.client),
    row: what.client,
    lock: ['lockClient', [what.client]],
  }
}

const year = 365 * 24 * 3_600_000

/** What the ledger is told, once a batch, last of all (L2): every row was locked before, so nothing waits while the head is locked but the commit. */
export function appendLines(lines: readonly Line[], wake: string): Statement {
  const column = <K extends keyof Line>(key: K): Value => lines.map((line) => line[key] as Value)
  return {
    text: append,
    values: [column('sort'), column('what'), column('id'), column('row'), column('expires'), column('why'), lines.length, wake],
  }
}

/** As the database computes it (M3). */
export function untilOf({ what, expires }: Line, now: number, maxTtl: number): number {
  if (what === 'jti') return expires!
  return what === 'kid' ? now + year : now + maxTtl + margin
}

// L1: row and entry in one transaction. L2: the row lock of `ledger_state`, held until commit, makes number order commit order, without holes.
// P4: the number is stored where the next sign-in reads it. The notification is delivered with the commit, and only wakes (L3).
const append = `WITH given AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::bigint[], $6::text[]) WITH ORDINALITY
      AS q(sort, what, id, named, expires, why, nth)
  ), head AS (
    UPDATE curfew.ledger_state l SET head = l.head + $7::bigint WHERE l.one
    RETURNING l.head - $7::bigint AS base, l.max_ttl, ${clock} AS now
  ), line AS (
    SELECT q.*, h.base + q.nth AS seq, h.now,
      CASE q.what WHEN 'jti' THEN q.expires WHEN 'kid' THEN h.now + ${year} ELSE h.now + h.max_ttl + ${margin} END AS until
    FROM given q CROSS JOIN head h
  ), entries AS (
    INSERT INTO curfew.ledger (seq, sort, what, id, until) SELECT e.seq, e.sort, e.what, e.id, e.until FROM line e ORDER BY e.seq
  ), sessions AS (
    UPDATE curfew.sessions s SET ended_seq = e.seq, ended_at = e.now, ended_why = e.why FROM line e WHERE e.what = 'sid' AND s.sid = e.id
  ), grants AS (
    UPDATE curfew.grants g SET ended_seq = e.seq, ended_at = e.now, ended_why = e.why FROM line e WHERE e.what = 'gid' AND g.gid = e.id
  ), keys AS (
    UPDATE curfew.keys k SET ended_at = e.now FROM line e WHERE e.what = 'kid' AND k.id = e.named
  ), mark AS (
    SELECT e.what, e.id, e.named, max(e.seq) FILTER (WHERE e.sort = 'cut') AS cut, max(e.seq) FILTER (WHERE e.sort = 'stale') AS stale
    FROM line e WHERE e.sort <> 'ended' GROUP BY e.what, e.id, e.named
  ), users AS (
    UPDATE curfew.users u SET cut = greatest(u.cut, m.cut), stale = greatest(u.stale, m.stale)
    FROM mark m WHERE m.what = 'usr' AND u.usr = m.id AND u.sub = m.named
  ), clients AS (
    UPDATE curfew.clients c SET cut = greatest(c.cut, m.cut), stale = greatest(c.stale, m.stale)
    FROM mark m WHERE m.what = 'client_id' AND c.id = m.named
  ), issuer AS (
    UPDATE curfew.issuer i SET cut = greatest(i.cut, m.cut), stale = greatest(i.stale, m.stale) FROM mark m WHERE m.what = 'everything' AND i.one
  )
  SELECT h.base, h.max_ttl, h.now, pg_notify('curfew', $8) FROM head h`
