import { isCount, isName, isObject } from './form.ts'

/** What an `ended` entry names: a session, a grant, one token, a key. */
export type Name = { sid: string } | { gid: string } | { jti: string } | { kid: string }

/** Whom a `cut` or `stale` entry is about: a user, a client, or, with no member, everybody. */
export type Cut = { usr: string } | { client_id: string } | Record<string, never>

/** One line of the ledger as it is told to verifiers. `until` in seconds since 1970: how long it must be remembered (M3). */
export type Entry = { seq: number; until: number } & ({ ended: Name } | { cut: Cut } | { stale: Cut })

/** Reads an entry. Undefined for a sort, a name or a member that this version does not know: who meets one must not advance (V9). */
export function readEntry(value: unknown): Entry | undefined {
  if (!isObject(value) || Object.keys(value).length !== 3) return undefined
  const { seq, until } = value
  if (!isCount(seq) || seq === 0 || !isCount(until)) return undefined
  if ('ended' in value) {
    const ended = readName(value.ended)
    return ended && { seq, ended, until }
  }
  if ('cut' in value) {
    const cut = readCut(value.cut)
    return cut && { seq, cut, until }
  }
  if ('stale' in value) {
    const stale = readCut(value.stale)
    return stale && { seq, stale, until }
  }
  return undefined
}

/** Reads what an `ended` entry names. */
export function readName(value: unknown): Name | undefined {
  if (!isObject(value)) return undefined
  const members = Object.keys(value)
  const name = members.length === 1 ? value[members[0]!] : undefined
  if (!isName(name)) return undefined
  switch (members[0]) {
    case 'sid':
      return { sid: name }
    case 'gid':
      return { gid: name }
    case 'jti':
      return { jti: name }
    case 'kid':
      return { kid: name }
    default:
      return undefined
  }
}

/** Reads whom a `cut` or `stale` entry is about. */
export function readCut(value: unknown): Cut | undefined {
  if (!isObject(value)) return undefined
  const members = Object.keys(value)
  if (members.length === 0) return {}
  const name = members.length === 1 ? value[members[0]!] : undefined
  if (!isName(name)) return undefined
  if (members[0] === 'usr') return { usr: name }
  if (members[0] === 'client_id') return { client_id: name }
  return undefined
}
