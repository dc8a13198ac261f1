import type { Load } from '../store.ts'
import { code, grant, granted, token } from './grant-loads.ts'
import type { LoadOf } from './load-of.ts'
import { client, issuer, limits, service } from './registration-loads.ts'
import { browser, identifier, session, user } from './user-loads.ts'

/** Each kind by its name. */
export type Loads = { readonly [K in Load['kind']]: LoadOf<K> }

/**
 * What is named first is locked, in the order of its key. So that nobody waits in a circle, tables are locked in one order everywhere: issuer,
 * clients, services, users, codes, grants, sessions, keys, limits, and the ledger's head last (L2).
 * What a statement locks is read as it is after the wait, what it joins as it was before: where a decision needs more than the locked row, a second
 * statement reads after the lock. Whatever mints reads user, client and issuer, and locks none of them (M2); only a redemption shares its user.
 */
export const loads: Loads = { identifier, user, session, browser, grant, granted, code, token, client, service, limits, issuer }

/** What no two updates have at a time. */
export function keysOf(load: Load): readonly string[] {
  return load.kind === 'limits' ? load.keys.map((key) => `limit ${key}`) : [keyOf(load)]
}

function keyOf(load: Exclude<Load, { kind: 'limits' }>): string {
  switch (load.kind) {
    case 'identifier':
      return `identifier ${load.identifier}`
    case 'user':
    case 'granted':
      return `user ${load.sub}`
    case 'session':
      return `session ${load.sid}`
    case 'browser':
      return `browser ${load.cookie}`
    case 'grant':
      return `grant ${load.gid}`
    case 'code':
      return `code ${load.hash}`
    case 'token':
      return `token ${load.jti}`
    case 'issuer':
      return 'issuer'
    default:
      return `${load.kind} ${load.id}`
  }
}
