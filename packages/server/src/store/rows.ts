import type { Entry } from '@curfew/verifier/wire'
import type { AuthorizationCode } from '../domain/authorization-code.ts'
import type { Client } from '../domain/client.ts'
import type { Grant } from '../domain/grant.ts'
import type { Arrivals } from '../domain/limit.ts'
import type { MailedLink } from '../domain/mailed-link.ts'
import type { Service } from '../domain/service.ts'
import type { Reason, Session } from '../domain/session.ts'
import type { User } from '../domain/user.ts'
import { bytesText } from './blob.ts'
import type { Consent, SealedKey, StoredReceipt } from './store.ts'

/** One row of either database, its columns in the order of the statement. */
type Row = readonly unknown[]

// Which columns make which noun, and the noun from the columns. A table has one alias everywhere: users u, sessions s, grants g, clients c, codes k, links m.

export const userColumns =
  'u.sub, u.usr, u.identifier, u.password, u.name, u.roles, u.scopes, u.claims, u.disabled, u.deleted, u.created_at, u.cut, u.stale, u.mail, u.mail_verified'
export const userWidth = 15
export const sessionColumns = `s.sid, s.client_id, s.pos, s.cookie, s.device, s.address, s.auth_time, s.amr, s.created_at, s.last_used_at,
  s.idle_expires_at, s.expires_at, s.ended_seq, s.ended_at, s.ended_why`
export const sessionWidth = 15
export const grantColumns = `g.gid, g.sid, g.offline, g.client_id, g.scope, g.audience, g.pos, g.generation, g.rotated_at, g.auth_time, g.amr,
  g.device, g.created_at, g.last_used_at, g.idle_expires_at, g.expires_at, g.ended_seq, g.ended_at, g.ended_why, g.address`
export const grantWidth = 20
export const clientColumns = 'c.id, c.registration, c.cut, c.stale'
export const clientWidth = 4
export const codeColumns = `k.hash, k.client_id, k.redirect_uri, k.challenge, k.sid, k.scope, k.audience, k.pos, k.nonce, k.auth_time, k.amr,
  k.created_at, k.expires_at, k.gid`
export const codeWidth = 14
export const linkColumns = 'm.hash, m.purpose, m.mail, m.pos, m.created_at, m.expires_at'
export const linkWidth = 6
export const serviceColumns = 'id, secret, audience, checks, public, max_rows, refused, registered_by'
export const entryColumns = 'seq, sort, what, id, until'
export const consentColumns = 'o.client_id, o.scope, o.audience, o.redirect_host, o.at'
export const keyColumns = 'id, use, algorithm, public_jwk, sealed, created_at, ended_at'
export const receiptColumns = 'r.id, r.seq, r.outcome, r.body, r.until'

/** Whose a session, grant or code is: what its row does not repeat. */
type Owner = Pick<User, 'sub' | 'usr'>
type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** The user whose columns begin at `at`; undefined where an outer join found none. */
export function userAt(row: Row, at: number): User | undefined {
  if (row[at] === null || row[at] === undefined) return undefined
  const user: Writable<User> = {
    sub: row[at] as string,
    usr: bytesText(row[at + 1]),
    disabled: isTrue(row[at + 8]),
    deleted: isTrue(row[at + 9]),
    createdAt: row[at + 10] as number,
    cut: row[at + 11] as number,
    stale: row[at + 12] as number,
  }
  if (row[at + 2] !== null) user.identifier = row[at + 2] as string
  if (row[at + 3] !== null) user.password = row[at + 3] as string
  if (row[at + 4] !== null) user.name = row[at + 4] as string
  if (row[at + 5] !== null) user.roles = JSON.parse(row[at + 5] as string)
  if (row[at + 6] !== null) user.scopes = JSON.parse(row[at + 6] as string)
  if (row[at + 7] !== null) user.claims = JSON.parse(row[at + 7] as string)
  if (row[at + 13] !== null) user.mail = row[at + 13] as string
  if (isTrue(row[at + 14])) user.mailVerified = true
  return user
}

/** The session whose columns begin at `at`. */
export function sessionAt(row: Row, at: number, { sub, usr }: Owner): Session | undefined {
  if (row[at] === null || row[at] === undefined) return undefined
  const session: Writable<Session> = {
    sid: bytesText(row[at]),
    sub,
    usr,
    clientId: row[at + 1] as string,
    pos: row[at + 2] as number,
    authTime: row[at + 6] as number,
    amr: words(row[at + 7]),
    createdAt: row[at + 8] as number,
    lastUsedAt: row[at + 9] as number,
    idleExpiresAt: row[at + 10] as number,
    expiresAt: row[at + 11] as number,
  }
  if (row[at + 3] !== null) session.cookie = bytesText(row[at + 3])
  if (row[at + 4] !== null) session.device = row[at + 4] as string
  if (row[at + 5] !== null) session.address = row[at + 5] as string
  if (row[at + 12] !== null) addEnd(session, row, at + 12)
  return session
}

/** The grant whose columns begin at `at`. */
export function grantAt(row: Row, at: number, { sub, usr }: Owner): Grant | undefined {
  if (row[at] === null || row[at] === undefined) return undefined
  const grant: Writable<Grant> = {
    gid: bytesText(row[at]),
    sid: bytesText(row[at + 1]),
    offline: isTrue(row[at + 2]),
    sub,
    usr,
    clientId: row[at + 3] as string,
    scope: row[at + 4] as string,
    audience: row[at + 5] as string,
    pos: row[at + 6] as number,
    generation: row[at + 7] as number,
    rotatedAt: row[at + 8] as number,
    authTime: row[at + 9] as number,
    amr: words(row[at + 10]),
    createdAt: row[at + 12] as number,
    lastUsedAt: row[at + 13] as number,
    idleExpiresAt: row[at + 14] as number,
    expiresAt: row[at + 15] as number,
  }
  if (row[at + 11] !== null) grant.device = row[at + 11] as string
  if (row[at + 16] !== null) addEnd(grant, row, at + 16)
  if (row[at + 19] !== null) grant.address = row[at + 19] as string
  return grant
}

/** The code whose columns begin at `at`. */
export function codeAt(row: Row, at: number, { sub, usr }: Owner): AuthorizationCode {
  const code: Writable<AuthorizationCode> = {
    hash: bytesText(row[at]),
    clientId: row[at + 1] as string,
    redirectUri: row[at + 2] as string,
    challenge: row[at + 3] as string,
    sid: bytesText(row[at + 4]),
    sub,
    usr,
    scope: row[at + 5] as string,
    audience: row[at + 6] as string,
    pos: row[at + 7] as number,
    authTime: row[at + 9] as number,
    amr: words(row[at + 10]),
    createdAt: row[at + 11] as number,
    expiresAt: row[at + 12] as number,
  }
  if (row[at + 8] !== null) code.nonce = row[at + 8] as string
  if (row[at + 13] !== null) code.gid = bytesText(row[at + 13])
  return code
}

/** The mailed link whose columns begin at `at`. */
export function linkAt(row: Row, at: number, { sub }: Pick<Owner, 'sub'>): MailedLink | undefined {
  if (row[at] === null || row[at] === undefined) return undefined
  return {
    hash: bytesText(row[at]),
    sub,
    purpose: row[at + 1] as MailedLink['purpose'],
    mail: row[at + 2] as string,
    pos: row[at + 3] as number,
    createdAt: row[at + 4] as number,
    expiresAt: row[at + 5] as number,
  }
}

/** What is counted, by its key. */
export function arrivalsOf(rows: readonly Row[]): Arrivals {
  return new Map(rows.map(([key, arrival]) => [bytesText(key), arrival as number]))
}

/** Registrations change rarely and are read with every refresh: each text is parsed once. */
const parsed = new Map<string, Omit<Client, 'id' | 'cut' | 'stale'>>()

/** The client whose columns begin at `at`. */
export function clientAt(row: Row, at: number): Client | undefined {
  if (row[at] === null || row[at] === undefined) return undefined
  const text = row[at + 1] as string
  let registration = parsed.get(text)
  if (registration === undefined) {
    registration = JSON.parse(text) as Omit<Client, 'id' | 'cut' | 'stale'>
    if (parsed.size >= 1000) parsed.clear()
    parsed.set(text, registration)
  }
  return { ...registration, id: row[at] as string, cut: row[at + 2] as number, stale: row[at + 3] as number }
}

/** What `clientAt` reads back. */
export function registrationOf({ id: _, ...registration }: Omit<Client, 'cut' | 'stale'>): string {
  return JSON.stringify(registration)
}

/** A service. */
export function serviceAt(row: Row): Service {
  const service: Writable<Service> = {
    id: row[0] as string,
    audience: row[2] as string,
    checks: row[3] as Service['checks'],
    public: isTrue(row[4]),
    maxRows: row[5] as number,
    refused: isTrue(row[6]),
    from: row[7] as Service['from'],
  }
  if (row[1] !== null) service.secret = bytesText(row[1])
  return service
}

/** What a user consented to. */
export function consentAt(row: Row): Consent {
  const [clientId, scope, audience, redirectHost] = row as readonly string[]
  return { clientId: clientId!, scope: scope!, audience: audience!, redirectHost: redirectHost!, at: row[4] as number }
}

/** A key at rest. Drivers have bytes of classes of their own. */
export function keyAt([id, use, algorithm, publicJwk, sealed, createdAt, endedAt]: Row): SealedKey {
  const key = { id, use, algorithm, sealed: Uint8Array.from(sealed as Uint8Array), createdAt } as Writable<SealedKey>
  if (publicJwk !== null) key.publicJwk = JSON.parse(publicJwk as string)
  if (endedAt !== null) key.endedAt = endedAt as number
  return key
}

/** The outcome of an ending; undefined where there is none. */
export function receiptAt(row: Row | undefined): StoredReceipt | undefined {
  if (!row) return undefined
  const [id, seq, outcome, body, until] = row as readonly [string, number, StoredReceipt['outcome'], string, number]
  return { id, seq, outcome, body: JSON.parse(body), until }
}

/** A line of the ledger in its wire form: `until` in seconds, rounded up. Random names are kept as bytes; those that people chose as text, or as its bytes. */
export function entryAt(row: Row): Entry {
  const [seq, sort, what, id] = row
  const isChosen = what === 'client_id' || what === 'kid'
  const name = id instanceof Uint8Array ? (isChosen ? Buffer.from(id).toString() : bytesText(id)) : id
  return entry(seq as number, sort as 'ended' | 'cut' | 'stale', what as string, name, Number(row[4]))
}

/** The same from its parts. */
export function entry(seq: number, sort: 'ended' | 'cut' | 'stale', what: string, id: unknown, until: number): Entry {
  const named = what === 'everything' ? {} : { [what]: id }
  return { seq, [sort]: named, until: Math.ceil(until / 1000) } as Entry
}

function addEnd(to: Writable<Session> | Writable<Grant>, row: Row, at: number): void {
  to.endedSeq = row[at] as number
  to.endedAt = row[at + 1] as number
  to.endedWhy = row[at + 2] as Reason
}

/** SQLite has 0 and 1. */
function isTrue(value: unknown): boolean {
  return value === true || value === 1
}

function words(text: unknown): readonly string[] {
  return text === '' ? [] : (text as string).split(' ')
}
