import type { AccessTokenClaims, Entry } from '@curfew/verifier/wire'
import type { Effect } from '../src/domain/effect.ts'
import type { History, Target, TokenFacts } from './history.ts'

/** What the simulator knows of how things descend from each other: read from what was stored, kept beyond every crash. */
export interface Knowledge {
  /** A transaction was committed, now. */
  committed(at: number, effects: readonly Effect[], entries: readonly Entry[]): void
  /** The same, one by one, for whoever sees rows and not effects. What is known already stays as it is. */
  coded(at: number, code: string): void
  opened(at: number, sid: string): void
  granted(at: number, grant: { gid: string; sid: string; code?: string }): void
  entered(at: number, entries: readonly Entry[]): void
  /** A session was signed in with this one of its user's passwords; `from`: by a change, asked for from that session. */
  signedIn(sid: string, password: number, from?: string): void
  /** A token leaves the issuer. */
  minted(at: number, claims: AccessTokenClaims): void
  /** A number for an ending that is asked for. */
  ending(at: number, target: Target): number
  /** When the entry of this number was committed. */
  entryAt(seq: number): number | undefined
  tokens(): readonly TokenFacts[]
}

interface Birth {
  readonly born: number
  password: number
  spared?: number
}

/** Nothing is known yet. `subOf`: whom the ledger's name for a user means. */
export function createKnowledge(history: History, subOf: (usr: string) => string): Knowledge {
  const sessions = new Map<string, Birth>()
  const grants = new Map<string, { readonly sid: string; readonly born: number }>()
  const codes = new Map<string, number>()
  const entriesAt = new Map<number, number>()
  const tokens: TokenFacts[] = []
  let endings = 0

  const knowledge: Knowledge = {
    committed(at, effects, entries) {
      const redeemed = effects.find((effect) => effect.do === 'redeem')
      for (const effect of effects) {
        if (effect.do === 'openSession') knowledge.opened(at, effect.session.sid)
        if (effect.do === 'issueCode') knowledge.coded(at, effect.code.hash)
        const { gid, sid } = effect.do === 'openGrant' ? effect.grant : {}
        if (gid !== undefined && sid !== undefined) knowledge.granted(at, { gid, sid, ...(redeemed ? { code: redeemed.hash } : {}) })
      }
      knowledge.entered(at, entries)
    },
    coded(at, code) {
      if (!codes.has(code)) codes.set(code, at)
    },
    opened(at, sid) {
      if (!sessions.has(sid)) sessions.set(sid, { born: at, password: 0 })
    },
    granted(at, { gid, sid, code }) {
      if (!grants.has(gid)) grants.set(gid, { sid, born: (code === undefined ? undefined : codes.get(code)) ?? at })
    },
    entered(at, entries) {
      for (const entry of entries) {
        entriesAt.set(entry.seq, at)
        history.add({
          at,
          what: 'entry',
          seq: entry.seq,
          text: JSON.stringify('ended' in entry ? entry.ended : 'cut' in entry ? { cut: entry.cut } : { stale: entry.stale }),
        })
        // What ends for reasons of the issuer's own (a device limit, a replay) is never confirmed to anybody, but tokens may be refused for it.
        const target = targetOf(entry, subOf)
        if (target) knowledge.ending(at, target)
      }
    },
    signedIn(sid, password, from) {
      const birth = sessions.get(sid)
      if (!birth) return
      birth.password = password
      const asking = from === undefined ? undefined : sessions.get(from)
      if (asking) sessions.set(sid, { born: asking.born, password, spared: password })
    },
    minted(at, claims) {
      const grant = claims.gid === undefined ? undefined : grants.get(claims.gid)
      const sid = claims.sid ?? grant?.sid
      const birth = sid === undefined ? undefined : sessions.get(sid)
      const facts: TokenFacts = {
        jti: claims.jti,
        user: claims.sub,
        client: claims.client_id,
        audience: claims.aud,
        ...(claims.sid === undefined ? {} : { sid: claims.sid }),
        ...(claims.gid === undefined ? {} : { gid: claims.gid }),
        born: birth?.born ?? at,
        granted: grant?.born ?? at,
        password: birth?.password ?? 0,
        rights: Number(claims.roles?.[0]?.slice(1) ?? 0),
        ...(birth?.spared === undefined ? {} : { spared: birth.spared }),
        exp: claims.exp,
      }
      tokens.push(facts)
      history.add({ at, what: 'minted', token: facts })
    },
    ending(at, target) {
      const ending = ++endings
      history.add({ at, what: 'ending', ending, target })
      return ending
    },
    entryAt: (seq) => entriesAt.get(seq),
    tokens: () => tokens,
  }
  return knowledge
}

function targetOf(entry: Entry, subOf: (usr: string) => string): Target | undefined {
  if ('ended' in entry) {
    const { ended } = entry
    if ('sid' in ended) return { session: ended.sid }
    if ('gid' in ended) return { grant: ended.gid }
    return 'jti' in ended ? { token: ended.jti } : undefined
  }
  const whom: { usr?: string; client_id?: string } = 'cut' in entry ? entry.cut : entry.stale
  if (whom.usr !== undefined) return { user: subOf(whom.usr) }
  return whom.client_id !== undefined ? { client: whom.client_id } : { everything: true }
}
