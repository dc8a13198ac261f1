import type { Entry } from '@curfew/verifier/wire'
import type { Cuttable, Effect, Endable } from '../../domain/effect.ts'
import type { At } from '../../domain/position.ts'
import { idBytes } from '../blob.ts'
import { margin } from '../margins.ts'
import { entry } from '../rows.ts'
import { changedOne } from './changed-one.ts'
import { type Database, prepareReader, prepareWriter, type Value } from './database.ts'

/** The effects that the ledger tells of. */
export type Numbered = Extract<Effect, { do: 'end' | 'cut' | 'stale' }>

/** Appends to the ledger and stores the number with what it is about: row and entry in one transaction (L1). */
export type Append = (effect: Numbered, at: At) => Entry

const year = 365 * 24 * 3_600_000

/** Prepares what appends. */
export function prepareAppend(database: Database): Append {
  // L2: the number comes last, after all checks, and is followed only by the writes that need it.
  const next = prepareReader(database, 'UPDATE ledger_state SET head = head + 1 WHERE one = 1 RETURNING head, max_ttl')
  const append = prepareWriter(database, 'INSERT INTO ledger (seq, sort, what, id, until) VALUES (?, ?, ?, ?, ?)')
  const endSession = prepareWriter(
    database,
    'UPDATE sessions SET ended_seq = ?, ended_at = ?, ended_why = ? WHERE sid = ? AND ended_seq IS NULL',
  )
  const endGrant = prepareWriter(
    database,
    'UPDATE grants SET ended_seq = ?, ended_at = ?, ended_why = ? WHERE gid = ? AND ended_seq IS NULL',
  )
  const endKey = prepareWriter(database, 'UPDATE keys SET ended_at = ? WHERE id = ? AND ended_at IS NULL')
  const marks = {
    cut: prepareMarks(database, 'cut'),
    stale: prepareMarks(database, 'stale'),
  }

  function end(what: Endable, why: string, at: At): Entry {
    const { seq, until } = number(at)
    if ('session' in what) {
      changedOne(endSession(seq, at.now, why, idBytes(what.session)), 'end', 'the session is there and did not end before')
      return write(seq, 'ended', 'sid', what.session, idBytes(what.session), until)
    }
    if ('grant' in what) {
      changedOne(endGrant(seq, at.now, why, idBytes(what.grant)), 'end', 'the grant is there and did not end before')
      return write(seq, 'ended', 'gid', what.grant, idBytes(what.grant), until)
    }
    // A second entry for one token meets the unique index.
    if ('token' in what) return write(seq, 'ended', 'jti', what.token, idBytes(what.token), what.expiresAt)
    changedOne(endKey(at.now, what.key), 'end', 'the key is there and did not end before')
    return write(seq, 'ended', 'kid', what.key, what.key, at.now + year)
  }

  function mark(sort: 'cut' | 'stale', what: Cuttable, at: At): Entry {
    const { seq, until } = number(at)
    if (what === 'everything') {
      changedOne(marks[sort].issuer(seq), sort, 'the issuer is there')
      return write(seq, sort, 'everything', undefined, null, until)
    }
    if ('user' in what) {
      const usr = idBytes(what.usr)
      changedOne(marks[sort].user(seq, what.user, usr), sort, 'the user is there under both names')
      return write(seq, sort, 'usr', what.usr, usr, until)
    }
    changedOne(marks[sort].client(seq, what.client), sort, 'the client is there')
    return write(seq, sort, 'client_id', what.client, what.client, until)
  }

  function number(at: At): { seq: number; until: number } {
    const [seq, maxTtl] = next.get() as readonly number[]
    return { seq: seq!, until: at.now + maxTtl! + margin } // M3
  }

  function write(seq: number, sort: 'ended' | 'cut' | 'stale', what: string, id: string | undefined, stored: Value, until: number): Entry {
    append(seq, sort, what, stored, until)
    return entry(seq, sort, what, id, until)
  }

  return (effect, at) => (effect.do === 'end' ? end(effect.what, effect.why, at) : mark(effect.do, effect.what, at))
}

/** P4: the number is stored where the next sign-in reads it. */
function prepareMarks(database: Database, column: 'cut' | 'stale') {
  return {
    user: prepareWriter(database, `UPDATE users SET ${column} = ? WHERE sub = ? AND usr = ?`),
    client: prepareWriter(database, `UPDATE clients SET ${column} = ? WHERE id = ?`),
    issuer: prepareWriter(database, `UPDATE ledger_state SET ${column} = ? WHERE one = 1`),
  }
}
