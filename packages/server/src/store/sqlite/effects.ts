import type { Entry } from '@curfew/verifier/wire'
import type { Effect } from '../../domain/effect.ts'
import type { At } from '../../domain/position.ts'
import type { Rights } from '../../domain/user.ts'
import { hashBytes, idBytes } from '../blob.ts'
import { registrationOf } from '../rows.ts'
import { type Numbered, prepareAppend } from './append.ts'
import { changedOne } from './changed-one.ts'
import { type Database, prepareWriter, type Value } from './database.ts'
import { limitVerbs } from './limits.ts'

type Plain = Exclude<Effect, Numbered>

/** Each verb by its name. `pos` is the number at which a birth is born. */
type Verbs = { [K in Plain['do']]: (effect: Extract<Plain, { do: K }>, pos: number) => void }

/** Carries out what a decision leaves behind; returns the entries that it became. */
export type CarryOut = (effects: readonly Effect[], at: At) => readonly Entry[]

/** Prepares one statement a verb (more only where a user is removed). */
export function prepareEffects(database: Database): CarryOut {
  const append = prepareAppend(database)
  const verbs: Verbs = {
    ...userVerbs(database),
    ...birthVerbs(database),
    ...useVerbs(database),
    ...registrationVerbs(database),
    ...limitVerbs(database),
    ...linkVerbs(database),
  }
  const verb = (effect: Plain, pos: number) => (verbs[effect.do] as (effect: Plain, pos: number) => void)(effect, pos)

  return (effects, at) => {
    // L2: in the order of the list, but numbers last, and after them only what needs one.
    for (const effect of effects) {
      if (isNumbered(effect) || isAtThisCut(effect)) continue
      verb(effect, 'position' in effect ? bornAt(effect.position as number, at) : 0)
    }
    const entries: Entry[] = []
    for (const effect of effects) if (isNumbered(effect)) entries.push(append(effect, at))
    for (const effect of effects) if (isAtThisCut(effect)) verb(effect, thisCut(entries))
    return entries
  }
}

function isNumbered(effect: Effect): effect is Numbered {
  return effect.do === 'end' || effect.do === 'cut' || effect.do === 'stale'
}

function isAtThisCut(effect: Effect): effect is Extract<Plain, { do: 'openSession' | 'openGrant' }> {
  return 'position' in effect && effect.position === 'thisCut'
}

/** A position ahead of the ledger would outlive cuts to come. */
function bornAt(position: number, at: At): number {
  if (!Number.isSafeInteger(position) || position < 0 || position > at.head) throw new Error('A position comes from `begin` of this store.')
  return position
}

function thisCut(entries: readonly Entry[]): number {
  const [cut, ...more] = entries.filter((entry) => 'cut' in entry)
  if (!cut || more.length > 0) throw new Error('A birth at "thisCut" needs exactly one cut in the same verdict.')
  return cut.seq
}

function userVerbs(database: Database): Pick<Verbs, 'addUser' | 'changeUser' | 'removeUser' | 'consent' | 'withdraw'> {
  const add = prepareWriter(
    database,
    `INSERT INTO users (sub, usr, identifier, password, name, roles, scopes, claims, disabled, created_at, mail, mail_verified)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const change = prepareWriter(
    database,
    `UPDATE users SET name = coalesce(?, name), roles = coalesce(?, roles), scopes = coalesce(?, scopes), claims = coalesce(?, claims),
       disabled = coalesce(?, disabled), password = coalesce(?, password), mail = coalesce(?, mail),
       mail_verified = coalesce(?, mail_verified) WHERE sub = ?`,
  )
  const remove = prepareWriter(
    database,
    `UPDATE users SET identifier = NULL, password = NULL, name = NULL, roles = NULL, scopes = NULL, claims = NULL, deleted = 1,
       mail = NULL, mail_verified = 0 WHERE sub = ? AND deleted = 0`,
  )
  const forgetConsents = prepareWriter(database, 'DELETE FROM consents WHERE user = (SELECT id FROM users WHERE sub = ?)')
  const withdraw = prepareWriter(database, 'DELETE FROM consents WHERE user = (SELECT id FROM users WHERE sub = ?) AND client_id = ?')
  const forgetLinks = prepareWriter(database, 'DELETE FROM links WHERE user = (SELECT id FROM users WHERE sub = ?)')
  const forgetDevices = prepareWriter(
    database,
    `UPDATE sessions SET device = NULL, address = NULL WHERE ended_seq IS NULL AND user = (SELECT id FROM users WHERE sub = ?)`,
  )
  const forgetOffline = prepareWriter(
    database,
    `UPDATE grants SET device = NULL WHERE offline = 1 AND ended_seq IS NULL AND user = (SELECT id FROM users WHERE sub = ?)`,
  )
  const consent = prepareWriter(
    database,
    `INSERT INTO consents (user, client_id, audience, redirect_host, scope, at) SELECT u.id, ?, ?, ?, ?, ? FROM users u WHERE u.sub = ?
     ON CONFLICT (user, client_id, audience, redirect_host) DO UPDATE SET scope = excluded.scope, at = excluded.at`,
  )
  return {
    addUser({ user }) {
      const { sub, identifier, password, name, roles, scopes, claims, disabled, createdAt } = user
      const rights = [json(roles), json(scopes), json(claims), disabled ? 1 : 0]
      add(sub, idBytes(user.usr), identifier ?? null, password ?? null, name ?? null, ...rights, createdAt, ...mailOf(user))
    },
    changeUser({ sub, to }) {
      const rights = [json(to.roles), json(to.scopes), json(to.claims), bit(to.disabled)]
      const changes = change(to.name ?? null, ...rights, to.password ?? null, to.mail ?? null, bit(to.mailVerified), sub)
      changedOne(changes, 'changeUser', 'the user is there')
    },
    removeUser({ sub }) {
      changedOne(remove(sub), 'removeUser', 'the user is there and was not removed before')
      forgetConsents(sub)
      forgetLinks(sub)
      forgetDevices(sub)
      forgetOffline(sub)
    },
    consent({ sub, clientId, audience, redirectHost, scope, at }) {
      changedOne(consent(clientId, audience, redirectHost, scope, at, sub), 'consent', 'the user is there')
    },
    withdraw: ({ sub, clientId }) => void withdraw(sub, clientId),
  }
}

function birthVerbs(database: Database): Pick<Verbs, 'openSession' | 'openGrant' | 'issueCode'> {
  const session = prepareWriter(
    database,
    `INSERT INTO sessions (user, sid, client_id, pos, cookie, device, address, auth_time, amr, created_at, last_used_at, idle_expires_at, expires_at)
     SELECT u.id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM users u WHERE u.sub = ? AND u.usr = ?`,
  )
  const grant = prepareWriter(
    database,
    `INSERT INTO grants (user, gid, sid, offline, client_id, scope, audience, pos, generation, rotated_at, auth_time, amr, device,
       created_at, last_used_at, idle_expires_at, expires_at, address)
     SELECT u.id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM users u WHERE u.sub = ? AND u.usr = ?`,
  )
  const code = prepareWriter(
    database,
    `INSERT INTO codes (user, hash, client_id, redirect_uri, challenge, sid, scope, audience, pos, nonce, auth_time, amr, created_at, expires_at)
     SELECT u.id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM users u WHERE u.sub = ? AND u.usr = ?`,
  )
  const must = 'its user is there under both names'
  return {
    openSession({ session: s }, pos) {
      const at = [s.authTime, s.amr.join(' '), s.createdAt, s.lastUsedAt, s.idleExpiresAt, s.expiresAt]
      const cookie = s.cookie === undefined ? null : hashBytes(s.cookie)
      const changes = session(idBytes(s.sid), s.clientId, pos, cookie, s.device ?? null, s.address ?? null, ...at, s.sub, idBytes(s.usr))
      changedOne(changes, 'openSession', must)
    },
    openGrant({ grant: g }, pos) {
      const what = [idBytes(g.gid), idBytes(g.sid), g.offline ? 1 : 0, g.clientId, g.scope, g.audience, pos, g.generation]
      const how = [g.rotatedAt, g.authTime, g.amr.join(' '), g.device ?? null, g.createdAt, g.lastUsedAt, g.idleExpiresAt, g.expiresAt]
      changedOne(grant(...what, ...how, g.address ?? null, g.sub, idBytes(g.usr)), 'openGrant', must)
    },
    issueCode({ code: c }) {
      const what = [hashBytes(c.hash), c.clientId, c.redirectUri, c.challenge, idBytes(c.sid), c.scope, c.audience, c.pos, c.nonce ?? null]
      const how = [c.authTime, c.amr.join(' '), c.createdAt, c.expiresAt]
      changedOne(code(...what, ...how, c.sub, idBytes(c.usr)), 'issueCode', must)
    },
  }
}

function useVerbs(database: Database): Pick<Verbs, 'touchSession' | 'reauthenticate' | 'reauthenticateGrant' | 'rotate' | 'redeem'> {
  const touch = prepareWriter(database, 'UPDATE sessions SET last_used_at = ?, idle_expires_at = ? WHERE sid = ?')
  const reauthenticate = prepareWriter(
    database,
    'UPDATE sessions SET cookie = coalesce(?, cookie), auth_time = ?, amr = ?, address = coalesce(?, address) WHERE sid = ?',
  )
  const reauthenticateGrant = prepareWriter(
    database,
    'UPDATE grants SET auth_time = ?, amr = ?, address = coalesce(?, address) WHERE gid = ?',
  )
  const rotate = prepareWriter(
    database,
    'UPDATE grants SET generation = ?, rotated_at = ?, last_used_at = ?, idle_expires_at = ? WHERE gid = ?',
  )
  const redeem = prepareWriter(database, 'UPDATE codes SET gid = ? WHERE hash = ? AND gid IS NULL')
  return {
    touchSession({ sid, lastUsedAt, idleExpiresAt }) {
      changedOne(touch(lastUsedAt, idleExpiresAt, idBytes(sid)), 'touchSession', 'the session is there')
    },
    reauthenticate({ sid, cookie, authTime, amr, address }) {
      const hash = cookie === undefined ? null : hashBytes(cookie)
      const changes = reauthenticate(hash, authTime, amr.join(' '), address ?? null, idBytes(sid))
      changedOne(changes, 'reauthenticate', 'the session is there')
    },
    reauthenticateGrant({ gid, authTime, amr, address }) {
      const changes = reauthenticateGrant(authTime, amr.join(' '), address ?? null, idBytes(gid))
      changedOne(changes, 'reauthenticateGrant', 'the grant is there')
    },
    rotate({ gid, generation, at, idleExpiresAt }) {
      changedOne(rotate(generation, at, at, idleExpiresAt, idBytes(gid)), 'rotate', 'the grant is there')
    },
    redeem({ hash, gid }) {
      changedOne(redeem(idBytes(gid), hashBytes(hash)), 'redeem', 'the code is there and was not redeemed before')
    },
  }
}

function registrationVerbs(database: Database): Pick<Verbs, 'putClient' | 'putService' | 'removeService'> {
  const client = prepareWriter(
    database,
    'INSERT INTO clients (id, registration) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET registration = excluded.registration',
  )
  const service = prepareWriter(
    database,
    `INSERT INTO services (id, secret, audience, checks, public, max_rows, refused, registered_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET secret = excluded.secret, audience = excluded.audience, checks = excluded.checks, public = excluded.public,
       max_rows = excluded.max_rows, refused = excluded.refused, registered_by = excluded.registered_by`,
  )
  const remove = prepareWriter(database, 'DELETE FROM services WHERE id = ?')
  return {
    putClient: ({ client: given }) => void client(given.id, registrationOf(given)),
    putService({ service: s }) {
      const secret = s.secret === undefined ? null : hashBytes(s.secret)
      service(s.id, secret, s.audience, s.checks, s.public ? 1 : 0, s.maxRows, s.refused ? 1 : 0, s.from)
    },
    removeService: ({ id }) => void remove(id),
  }
}

function linkVerbs(database: Database): Pick<Verbs, 'mailLink' | 'useLink'> {
  const put = prepareWriter(
    database,
    `INSERT INTO links (user, purpose, hash, mail, pos, created_at, expires_at) SELECT u.id, ?, ?, ?, ?, ?, ? FROM users u WHERE u.sub = ?
     ON CONFLICT (user, purpose) DO UPDATE SET hash = excluded.hash, mail = excluded.mail, pos = excluded.pos, created_at = excluded.created_at,
       expires_at = excluded.expires_at`,
  )
  const use = prepareWriter(database, 'DELETE FROM links WHERE hash = ?')
  return {
    mailLink({ link: l }) {
      changedOne(put(l.purpose, hashBytes(l.hash), l.mail, l.pos, l.createdAt, l.expiresAt, l.sub), 'mailLink', 'the user is there')
    },
    useLink: ({ hash }) => changedOne(use(hashBytes(hash)), 'useLink', 'the link is there'),
  }
}

function bit(value: boolean | undefined): Value {
  return value === undefined ? null : value ? 1 : 0
}

function mailOf({ mail, mailVerified }: Rights): readonly Value[] {
  return [mail ?? null, mailVerified ? 1 : 0]
}

function json(value: unknown): Value {
  return value === undefined ? null : JSON.stringify(value)
}
