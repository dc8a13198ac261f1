import { allWith, type Known } from '../statement.ts'
import { keyOf, type Line } from '../tables.ts'
import type { Scope } from '../transaction.ts'
import { locking } from './locking.ts'

/** What one client has of a user: apart from a session, and under one that has not ended (src/store/postgres/grant-loads.ts). */
export const granted: Known = locking({
  is: /^SELECT q\.nth, c\.cut, g\.id,.* c\.id = q\.client WHERE g\.ended_seq IS NULL ORDER BY g\.gid FOR /,
  ...{ table: 'grants', alias: 'g', order: 'gid' },
  find(scope, asked) {
    const u = scope.row('users', String(asked.sub))
    const all = u ? allWith(scope.rows('grants'), 'user_id', u.id) : []
    return all.filter((g) => g.client_id === asked.client && g.ended_seq === null && lives(scope, g)).map(({ gid }) => keyOf(gid))
  },
  join: (scope, { client_id }) => ({ c: scope.row('clients', String(client_id)) }),
  isMeant: ({ ended_seq }) => ended_seq === null,
})

function lives(scope: Scope, { offline, sid }: Line): boolean {
  return offline === true || scope.row('sessions', keyOf(sid))?.ended_seq === null
}
