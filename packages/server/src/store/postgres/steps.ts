import type { Effect } from '../../domain/effect.ts'
import { bytesText } from '../blob.ts'
import type { Statement, Value } from './driver.ts'

/** One sort of effect: a statement that carries out many at a time. `rowCount` of its answer is how many it carried out. */
export interface Step {
  statement(rows: readonly (readonly Value[])[]): Statement
  /** False where there need be nothing to change. */
  readonly isChecked: boolean
}

/** A sort of effect, or what locks the rows that the ledger will tell of. */
export type StepName =
  | Exclude<Effect['do'], 'end' | 'cut' | 'stale'>
  | 'lockIssuer'
  | 'lockClient'
  | 'lockUser'
  | 'lockGrant'
  | 'lockSession'
  | 'lockKey'

/** A column of what is given: its name and its type, e.g. `sid bytea`. */
function step(columns: readonly string[], sql: (given: string) => string, isChecked = true): Step {
  const names = columns.map((column) => column.split(' ')[0])
  const arrays = columns.map((column, index) => `$${index + 1}::${column.split(' ')[1]}[]`)
  const text = sql(`unnest(${arrays.join(', ')}) AS q(${names.join(', ')})`)
  return {
    statement: (rows) => ({ text, values: columns.map((_, index) => rows.map((row) => row[index] as Value)) }),
    isChecked,
  }
}

const userColumns = [
  'sub',
  'usr',
  'identifier',
  'password',
  'name',
  'roles',
  'scopes',
  'claims',
  'disabled',
  'created_at',
  'mail',
  'mail_verified',
]
const owner = 'JOIN curfew.users u ON u.sub = q.sub AND u.usr = q.usr'
const serviceColumns = 'id, secret, audience, checks, public, max_rows, refused, registered_by'

const sessionBirth = [
  ...['sid bytea', 'client_id text', 'pos bigint', 'cookie bytea', 'device text', 'address text', 'auth_time bigint', 'amr text'],
  ...['created_at bigint', 'last_used_at bigint', 'idle_expires_at bigint', 'expires_at bigint'],
]
const grantBirth = [
  ...['gid bytea', 'sid bytea', 'offline boolean', 'client_id text', 'scope text', 'audience text', 'pos bigint', 'generation bigint'],
  ...['rotated_at bigint', 'auth_time bigint', 'amr text', 'device text', 'created_at bigint', 'last_used_at bigint'],
  ...['idle_expires_at bigint', 'expires_at bigint', 'address text'],
]
const codeBirth = [
  ...['hash bytea', 'client_id text', 'redirect_uri text', 'challenge text', 'sid bytea', 'scope text', 'audience text', 'pos bigint'],
  ...['nonce text', 'auth_time bigint', 'amr text', 'created_at bigint', 'expires_at bigint'],
]

/** Its user must be there under both names, and its client. Joined, not referred to: a foreign key would lock them (M2). */
function birth(table: string, columns: readonly string[]): Step {
  const names = columns.map((column) => column.split(' ')[0])
  return step(
    [...columns, 'sub text', 'usr bytea'],
    (given) => `INSERT INTO curfew.${table} (user_id, ${names.join(', ')})
      SELECT u.id, ${names.map((name) => `q.${name}`).join(', ')} FROM ${given} ${owner} JOIN curfew.clients c ON c.id = q.client_id`,
  )
}

/**
 * In the order in which a batch carries them out, which is the order in which tables are locked (loads.ts). What the ledger will tell of is
 * locked, and looked at, in its place; the numbers come last (append.ts).
 */
export const steps: Readonly<Record<StepName, Step>> = {
  lockIssuer: step(['one boolean'], (given) => `SELECT FROM ${given} JOIN curfew.issuer i ON i.one = q.one FOR NO KEY UPDATE OF i`),
  putClient: step(
    ['id text', 'registration json'],
    (given) => `INSERT INTO curfew.clients (id, registration) SELECT q.id, q.registration FROM ${given} ORDER BY q.id
      ON CONFLICT (id) DO UPDATE SET registration = excluded.registration`,
  ),
  lockClient: step(
    ['id text'],
    (given) => `SELECT FROM ${given} JOIN curfew.clients c ON c.id = q.id ORDER BY c.id FOR NO KEY UPDATE OF c`,
  ),
  putService: step(
    [
      'id text',
      'secret bytea',
      'audience text',
      'checks text',
      'public boolean',
      'max_rows integer',
      'refused boolean',
      'registered_by text',
    ],
    (given) => `INSERT INTO curfew.services (${serviceColumns}) SELECT ${serviceColumns} FROM ${given} ORDER BY q.id
      ON CONFLICT (id) DO UPDATE SET secret = excluded.secret, audience = excluded.audience, checks = excluded.checks, public = excluded.public,
        max_rows = excluded.max_rows, refused = excluded.refused, registered_by = excluded.registered_by`,
  ),
  removeService: step(['id text'], (given) => `DELETE FROM curfew.services s USING ${given} WHERE s.id = q.id`, false),
  addUser: step(
    [
      ...['sub text', 'usr bytea', 'identifier text', 'password text', 'name text', 'roles json', 'scopes json', 'claims json'],
      ...['disabled boolean', 'created_at bigint', 'mail text', 'mail_verified boolean'],
    ],
    (given) => `INSERT INTO curfew.users (${userColumns.join(', ')}) SELECT ${userColumns.join(', ')} FROM ${given} ORDER BY q.sub`,
  ),
  changeUser: step(
    [
      'sub text',
      'name text',
      'roles json',
      'scopes json',
      'claims json',
      'disabled boolean',
      'password text',
      'mail text',
      'mail_verified boolean',
    ],
    (given) => `UPDATE curfew.users u SET name = coalesce(q.name, u.name), roles = coalesce(q.roles, u.roles),
        scopes = coalesce(q.scopes, u.scopes), claims = coalesce(q.claims, u.claims), disabled = coalesce(q.disabled, u.disabled),
        password = coalesce(q.password, u.password), mail = coalesce(q.mail, u.mail),
        mail_verified = coalesce(q.mail_verified, u.mail_verified)
      FROM ${given} WHERE u.sub = q.sub`,
  ),
  removeUser: step(
    ['sub text'],
    (given) => `WITH gone AS (
        UPDATE curfew.users u SET identifier = NULL, password = NULL, name = NULL, roles = NULL, scopes = NULL, claims = NULL, deleted = true,
          mail = NULL, mail_verified = false
        FROM ${given} WHERE u.sub = q.sub AND NOT u.deleted RETURNING u.id
      ), consents AS (DELETE FROM curfew.consents o USING gone WHERE o.user_id = gone.id),
      links AS (DELETE FROM curfew.links m USING gone WHERE m.user_id = gone.id),
      devices AS (UPDATE curfew.sessions s SET device = NULL, address = NULL FROM gone WHERE s.user_id = gone.id AND s.ended_seq IS NULL),
      offline AS (UPDATE curfew.grants g SET device = NULL FROM gone WHERE g.user_id = gone.id AND g.offline AND g.ended_seq IS NULL)
      SELECT FROM gone`,
  ),
  lockUser: step(['sub text', 'usr bytea'], (given) => `SELECT FROM ${given} ${owner} ORDER BY u.id FOR NO KEY UPDATE OF u`),
  issueCode: birth('codes', codeBirth),
  redeem: step(
    ['hash bytea', 'gid bytea'],
    (given) => `UPDATE curfew.codes k SET gid = q.gid FROM ${given} WHERE k.hash = q.hash AND k.gid IS NULL`,
  ),
  lockGrant: step(
    ['gid bytea'],
    (given) => `SELECT FROM curfew.grants g WHERE g.gid IN (SELECT q.gid FROM ${given}) AND g.ended_seq IS NULL
      ORDER BY g.gid FOR NO KEY UPDATE OF g`,
  ),
  openGrant: birth('grants', grantBirth),
  rotate: step(
    ['gid bytea', 'generation bigint', 'at bigint', 'idle_expires_at bigint'],
    (
      given,
    ) => `UPDATE curfew.grants g SET generation = q.generation, rotated_at = q.at, last_used_at = q.at, idle_expires_at = q.idle_expires_at
      FROM ${given} WHERE g.gid = q.gid`,
  ),
  reauthenticateGrant: step(
    ['gid bytea', 'auth_time bigint', 'amr text', 'address text'],
    (given) => `UPDATE curfew.grants g SET auth_time = q.auth_time, amr = q.amr, address = coalesce(q.address, g.address)
      FROM ${given} WHERE g.gid = q.gid`,
  ),
  lockSession: step(
    ['sid bytea'],
    (given) => `SELECT FROM curfew.sessions s WHERE s.sid IN (SELECT q.sid FROM ${given}) AND s.ended_seq IS NULL
      ORDER BY s.sid FOR NO KEY UPDATE OF s`,
  ),
  openSession: birth('sessions', sessionBirth),
  // Two grants of one session may be refreshed at a time; the session is used once then, and locked here, in its order.
  touchSession: merged(
    step(
      ['sid bytea', 'last_used_at bigint', 'idle_expires_at bigint'],
      (given) => `WITH held AS (SELECT s.sid FROM curfew.sessions s WHERE s.sid = ANY($1::bytea[]) ORDER BY s.sid FOR NO KEY UPDATE OF s)
        UPDATE curfew.sessions s SET last_used_at = q.last_used_at, idle_expires_at = q.idle_expires_at
        FROM ${given} JOIN held ON held.sid = q.sid WHERE s.sid = q.sid`,
    ),
  ),
  reauthenticate: step(
    ['sid bytea', 'cookie bytea', 'auth_time bigint', 'amr text', 'address text'],
    (given) => `UPDATE curfew.sessions s SET cookie = coalesce(q.cookie, s.cookie), auth_time = q.auth_time, amr = q.amr,
        address = coalesce(q.address, s.address)
      FROM ${given} WHERE s.sid = q.sid`,
  ),
  consent: step(
    ['client_id text', 'audience text', 'redirect_host text', 'scope text', 'at bigint', 'sub text'],
    (given) => `INSERT INTO curfew.consents (user_id, client_id, audience, redirect_host, scope, at)
      SELECT u.id, q.client_id, q.audience, q.redirect_host, q.scope, q.at FROM ${given} JOIN curfew.users u ON u.sub = q.sub ORDER BY 1, 2, 3, 4
      ON CONFLICT (user_id, client_id, audience, redirect_host) DO UPDATE SET scope = excluded.scope, at = excluded.at`,
  ),
  withdraw: step(
    ['sub text', 'client_id text'],
    (given) => `DELETE FROM curfew.consents o USING ${given} JOIN curfew.users u ON u.sub = q.sub
      WHERE o.user_id = u.id AND o.client_id = q.client_id`,
    false,
  ),
  mailLink: step(
    ['sub text', 'purpose text', 'hash bytea', 'mail text', 'pos bigint', 'created_at bigint', 'expires_at bigint'],
    (given) => `INSERT INTO curfew.links (user_id, purpose, hash, mail, pos, created_at, expires_at)
      SELECT u.id, q.purpose, q.hash, q.mail, q.pos, q.created_at, q.expires_at FROM ${given} JOIN curfew.users u ON u.sub = q.sub ORDER BY 1, 2
      ON CONFLICT (user_id, purpose) DO UPDATE SET hash = excluded.hash, mail = excluded.mail, pos = excluded.pos, created_at = excluded.created_at,
        expires_at = excluded.expires_at`,
  ),
  useLink: step(['hash bytea'], (given) => `DELETE FROM curfew.links m USING ${given} WHERE m.hash = q.hash`),
  lockKey: step(
    ['id text'],
    (given) =>
      `SELECT FROM curfew.keys k WHERE k.id IN (SELECT q.id FROM ${given}) AND k.ended_at IS NULL ORDER BY k.id FOR NO KEY UPDATE OF k`,
  ),
  throttle: step(
    ['key bytea', 'tat bigint'],
    (given) => `INSERT INTO curfew.limits AS t (key, tat) SELECT q.key, q.tat FROM ${given} ORDER BY q.key
      ON CONFLICT (key) DO UPDATE SET tat = excluded.tat`,
  ),
  // Several may give back to one key at a time; what is full again is not there any more.
  giveBack: step(
    ['key bytea', 'tat bigint'],
    (given) => `WITH given AS (SELECT q.key, sum(q.tat)::bigint AS tat FROM ${given} GROUP BY q.key),
        held AS (SELECT t.key FROM curfew.limits t WHERE t.key = ANY($1::bytea[]) ORDER BY t.key FOR NO KEY UPDATE OF t)
      UPDATE curfew.limits t SET tat = t.tat - given.tat FROM given JOIN held ON held.key = given.key WHERE t.key = given.key`,
    false,
  ),
}

/** Their names in their order. */
export const stepOrder: readonly StepName[] = Object.keys(steps) as StepName[]

/** One row a key, with what is highest of each column. */
function merged(of: Step): Step {
  return {
    ...of,
    statement(rows) {
      const byKey = new Map<string, Value[]>()
      for (const [key, ...rest] of rows) {
        const text = bytesText(key)
        const known = byKey.get(text)
        byKey.set(text, [key as Value, ...rest.map((value, index) => Math.max(value as number, (known?.[index + 1] as number) ?? 0))])
      }
      return of.statement([...byKey.values()])
    },
  }
}
