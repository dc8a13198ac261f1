import { CurfewError, OAuthError } from '../../errors.ts'

/** The connection was lost, or no answer came: nobody knows whether the last statement was carried out. */
export class LostError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'LostError'
  }
}

/** Whether it was stored is not known: it must not be run again. */
export class UnknownOutcomeError extends Error {
  constructor(cause: unknown) {
    super('A transaction committed as the database went away, and its outcome could not be asked for.', { cause })
    this.name = 'UnknownOutcomeError'
  }
}

/** An effect found nothing to change, or changed it before: the rows moved under the decision, or the decision is mistaken. */
export class MismatchError extends Error {
  constructor(step: string, changed: number, expected: number) {
    super(`The effect "${step}" changed ${changed} rows instead of ${expected}.`)
    this.name = 'MismatchError'
  }
}

/** V9: the reason with which a node that is older than its database refuses. */
export const nodeOutdated = 'node_outdated'

/** SQLSTATE, or the code of a system call. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : ''
}

/** Deadlock, serialization failure, lock not available: the transaction is undone, and may be run again. */
export function isRerunnable(error: unknown): boolean {
  return ['40P01', '40001', '55P03'].includes(codeOf(error))
}

/**
 * A statement that is prepared is not there, or is there already: something between gives each transaction another connection. Or it was prepared
 * before a migration gave its columns other types ("cached plan must not change result type", in whatever language).
 */
export function isUnprepared(error: unknown): boolean {
  if (['26000', '42P05'].includes(codeOf(error))) return true // invalid_sql_statement_name, duplicate_prepared_statement
  return codeOf(error) === '0A000' && (error as { routine?: unknown }).routine === 'RevalidateCachedQuery'
}

/** What another transaction did meanwhile; a new look decides. */
export function isRace(error: unknown): boolean {
  return error instanceof MismatchError || codeOf(error) === '23505' // unique_violation
}

/**
 * The database is not there, or not any more: class 08, shutdown and start (57P), a statement that it let run no longer (M3), too many connections,
 * a primary that became a standby.
 */
export function isAway(error: unknown): boolean {
  if (error instanceof LostError) return true
  if (error instanceof OAuthError) return error.code === 'temporarily_unavailable' && error.reason !== nodeOutdated // V9: that is for good
  if (error instanceof UnknownOutcomeError) return false
  const code = codeOf(error)
  if (/^(08...|57P0[1-5]|57014|53300|25006|25P03)$/.test(code)) return true
  if (/^[0-9A-Z]{5}$/.test(code)) return false // the server answered
  if (/^E[A-Z]+$/.test(code)) return true // ECONNREFUSED, ECONNRESET, ENOENT of a socket, ETIMEDOUT …
  return /connection|terminat|timeout|queryable|not connected/i.test(error instanceof Error ? error.message : '')
}

/** For callers: nothing was stored, or nobody knows; the request may be sent again. */
export function away(cause: unknown): Error {
  if (cause instanceof OAuthError) return cause
  const reason = cause instanceof UnknownOutcomeError ? 'database_outcome_unknown' : 'database_away'
  const error = new OAuthError('temporarily_unavailable', reason, {
    description: 'The database does not answer. Try again.',
    headers: { 'retry-after': '1' },
  })
  error.cause = cause
  return error
}

/** For whoever opens it: what is wrong, without the connection string, which has a password. */
export function explained(error: unknown): unknown {
  const says: Record<string, string> = {
    '28P01': 'PostgreSQL refused user name or password. Look at the database setting.',
    '28000': 'PostgreSQL refused this user. Look at the database setting, and at pg_hba.conf.',
    '3D000': 'PostgreSQL has no database of that name. Create it, or name another one.',
    '42501':
      'The database user may not do that. It needs CREATE on the database at the first start, and all rights in the schema "curfew" after it.',
  }
  const sentence = says[codeOf(error)]
  return sentence === undefined ? error : new CurfewError(sentence)
}
