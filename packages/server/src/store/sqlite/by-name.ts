import type { Client } from '../../domain/client.ts'
import type { Grant } from '../../domain/grant.ts'
import type { MailedLink } from '../../domain/mailed-link.ts'
import type { ClientId, GrantId, Hash, SessionId, Subject } from '../../domain/names.ts'
import type { Session } from '../../domain/session.ts'
import type { User } from '../../domain/user.ts'
import { soughtHash, soughtId } from '../blob.ts'
import {
  clientAt,
  clientColumns,
  grantAt,
  grantColumns,
  grantWidth,
  linkAt,
  linkColumns,
  linkWidth,
  sessionAt,
  sessionColumns,
  sessionWidth,
  userAt,
  userColumns,
} from '../rows.ts'
import { type Database, prepareReader } from './database.ts'

/** One row, found by its name and read by itself. */
export interface ByName {
  user(sub: Subject): User | undefined
  identifier(identifier: string): User | undefined
  mail(mail: string): User | undefined
  /** With its user. */
  link(hash: Hash): { readonly link: MailedLink; readonly user: User } | undefined
  client(id: ClientId): Client | undefined
  session(sid: SessionId): Session | undefined
  grant(gid: GrantId): Grant | undefined
}

/** Prepares the reads. */
export function readByName(database: Database): ByName {
  const user = prepareReader(database, `SELECT ${userColumns} FROM users u WHERE u.sub = ?`)
  const identifier = prepareReader(database, `SELECT ${userColumns} FROM users u WHERE u.identifier = ?`)
  const mail = prepareReader(database, `SELECT ${userColumns} FROM users u WHERE u.mail = ? AND u.mail_verified = 1 AND u.deleted = 0`)
  const link = prepareReader(database, `SELECT ${linkColumns}, ${userColumns} FROM links m JOIN users u ON u.id = m.user WHERE m.hash = ?`)
  const client = prepareReader(database, `SELECT ${clientColumns} FROM clients c WHERE c.id = ?`)
  const session = prepareReader(
    database,
    `SELECT ${sessionColumns}, ${userColumns} FROM sessions s JOIN users u ON u.id = s.user WHERE s.sid = ?`,
  )
  const grant = prepareReader(
    database,
    `SELECT ${grantColumns}, ${userColumns} FROM grants g JOIN users u ON u.id = g.user WHERE g.gid = ?`,
  )
  return {
    user: (sub) => userAt(user.get(sub) ?? [], 0),
    identifier: (name) => userAt(identifier.get(name) ?? [], 0),
    mail: (address) => userAt(mail.get(address) ?? [], 0),
    link(hash) {
      const row = link.get(soughtHash(hash))
      const owner = row && userAt(row, linkWidth)!
      return owner && { link: linkAt(row, 0, owner)!, user: owner }
    },
    client: (id) => clientAt(client.get(id) ?? [], 0),
    session(sid) {
      const row = session.get(soughtId(sid))
      return row && sessionAt(row, 0, userAt(row, sessionWidth)!)
    },
    grant(gid) {
      const row = grant.get(soughtId(gid))
      return row && grantAt(row, 0, userAt(row, grantWidth)!)
    },
  }
}
