/** An adapter that is broken on purpose in one rule: other SQL. The contract must catch every one; what it says has `because` in it, where given. */
export interface Broken {
  readonly rule: string
  readonly caughtBy: RegExp
  readonly sql: readonly (readonly [from: string, to: string])[]
  readonly because?: RegExp
  /** Each commit takes its time, so that what has no lock is met by somebody else. */
  readonly isSlow?: true
}

const clock = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint'

export const broken: readonly Broken[] = [
  // Locks
  {
    rule: 'the lock of a grant',
    caughtBy: /^two nodes: RF-3/,
    isSlow: true,
    sql: [['ORDER BY g.gid FOR NO KEY UPDATE OF g', 'ORDER BY g.gid']],
  },
  {
    rule: 'P4: CHECKBEFORELOCK',
    caughtBy: /^two nodes: P4: fifty password changes/,
    isSlow: true,
    sql: [['ORDER BY u.id FOR NO KEY UPDATE OF u', 'ORDER BY u.id']],
  },
  {
    rule: 'a redemption beside the end of all',
    caughtBy: /^two nodes: all other devices/,
    isSlow: true,
    sql: [['ORDER BY u.id FOR SHARE OF u', 'ORDER BY u.id']],
  },
  {
    rule: 'L2: GAPS: a number without the lock that is held until the commit',
    caughtBy: /^two nodes: L2/,
    because: /a hole/,
    isSlow: true,
    sql: [
      ['CREATE SEQUENCE curfew.beats AS bigint;', 'CREATE SEQUENCE curfew.beats AS bigint; CREATE SEQUENCE curfew.broken AS bigint;'],
      [
        `UPDATE curfew.ledger_state l SET head = l.head + $7::bigint WHERE l.one
    RETURNING l.head - $7::bigint AS base, l.max_ttl, ${clock} AS now`,
        `SELECT q.last - $7::bigint AS base, 0::bigint AS max_ttl, ${clock} AS now
    FROM (SELECT max(n.v) AS last FROM (SELECT nextval('curfew.broken') AS v FROM generate_series(1, $7::bigint)) n) q`,
      ],
      ['l.head, l.horizon, e.seq', '(SELECT coalesce(max(x.seq), 0) FROM curfew.ledger x), l.horizon, e.seq'],
    ],
  },
  // The ledger
  {
    rule: 'L1: the entry is forgotten',
    caughtBy: /^L1, M3: an ended session/,
    sql: [['FROM line e ORDER BY e.seq', 'FROM line e WHERE e.seq < 0 ORDER BY e.seq']],
  },
  {
    rule: 'L1: the row is forgotten',
    caughtBy: /^L1, M3: an ended session/,
    sql: [["WHERE e.what = 'sid' AND s.sid = e.id", "WHERE e.what = 'sid' AND s.sid = e.id AND false"]],
  },
  { rule: 'L1: ends twice', caughtBy: /^L1: to end twice/, sql: [['AND s.ended_seq IS NULL\n      ORDER BY s.sid', 'ORDER BY s.sid']] },
  {
    rule: 'L2: a hole',
    caughtBy: /^L2, L3: numbers have no holes/,
    sql: [['SET head = l.head + $7::bigint WHERE', 'SET head = l.head + $7::bigint + 1 WHERE']],
  },
  { rule: 'M3: NOMARGIN', caughtBy: /^L1, M3: an ended session/, sql: [['h.now + h.max_ttl + 60000', 'h.now + h.max_ttl']] },
  { rule: 'M3: max_ttl is lowered', caughtBy: /longest that was ever allowed/, sql: [[' AND l.max_ttl < $1::bigint', '']] },
  // Positions
  {
    rule: 'P4: the cut is not stored with the user',
    caughtBy: /^P4, P6: a cut and a stale mark/,
    sql: [['SET cut = greatest(u.cut, m.cut)', 'SET cut = u.cut']],
  },
  { rule: 'P4: nor with the client', caughtBy: /^P4, P6/, sql: [['SET cut = greatest(c.cut, m.cut)', 'SET cut = c.cut']] },
  { rule: 'P4: nor with the issuer', caughtBy: /^P4, P6/, sql: [['SET cut = greatest(i.cut, m.cut)', 'SET cut = i.cut']] },
  {
    rule: 'P4: a registration forgets the cut',
    caughtBy: /keeps its cut and stale/,
    sql: [['SET registration = excluded.registration', 'SET registration = excluded.registration, cut = 0, stale = 0']],
  },
  { rule: 'P2: lists show what was cut', caughtBy: /^P2: lists show what lives/, sql: [['s.pos >= greatest(u.cut, i.cut)', 'true']] },
  {
    rule: 'P2: a removed user keeps its name',
    caughtBy: /^P2: a removed user/,
    sql: [['SET identifier = NULL, password', 'SET password']],
  },
  // Limits
  {
    rule: 'LG-2: no lock for what is counted',
    caughtBy: /^two nodes: LG-5/,
    isSlow: true,
    sql: [
      [
        'INSERT INTO curfew.limits AS t (key, tat) SELECT q.key, 0 FROM unnest($1::bytea[]) AS q(key) ORDER BY q.key\n         ON CONFLICT (key) DO UPDATE SET tat = t.tat RETURNING t.key, t.tat',
        'SELECT t.key, t.tat FROM curfew.limits t WHERE t.key = ANY($1::bytea[])',
      ],
    ],
  },
  {
    rule: 'LG-2: several give back to one key, and one counts',
    caughtBy: /^LG-2: what is given back/,
    sql: [['sum(q.tat)::bigint AS tat', 'max(q.tat)::bigint AS tat']],
  },
  // Follow
  { rule: 'F1: acknowledges numbers to come', caughtBy: /^F1: the answer to a beat/, sql: [['least(j.after, l.head)', 'j.after']] },
  {
    rule: 'F1: takes an acknowledgement back',
    caughtBy: /^F1: the answer to a beat/,
    sql: [['greatest(v.acked, excluded.acked)', 'excluded.acked']],
  },
  { rule: 'F1: NOBEAT', caughtBy: /^F1: a beat is never used before/, sql: [["nextval('curfew.beats')", '1']] },
  { rule: 'F7: refused', caughtBy: /^F7/, sql: [[' AND NOT s.refused', '']] },
  { rule: 'F7: too many', caughtBy: /^F7/, sql: [['> g.max_rows', '> 1000']] },
  { rule: 'S2: waits for nobody', caughtBy: /^S2/, sql: [['v.acked < $1::bigint', 'v.acked < $1::bigint AND false']] },
  { rule: 'L4: DELETEBLIND', caughtBy: /^two nodes: any node answers/, sql: [['OR v.beat = $3::bigint', 'OR true']] },
  { rule: 'S5: a late pending takes a confirmation back', caughtBy: /^S5/, sql: [[" WHERE r.outcome = 'pending'", '']] },
  // Leases and the horizon
  { rule: 'D3: LOWERATONCE', caughtBy: /^D1, D3/, sql: [['greatest(l.wait_ms, ', 'greatest(0, ']] },
  {
    rule: 'D3: OLDWATCH',
    caughtBy: /^D3: lowered, raised, lowered again/,
    sql: [['AND l.incarnation = $2::text', 'AND $2::text IS NOT NULL']],
  },
  {
    rule: 'E1: whatever was seen',
    caughtBy: /^E1: a new database/,
    sql: [['AND l.horizon = $1::bigint', 'AND $1::bigint IS NOT NULL']],
  },
  { rule: 'E1: a leap', caughtBy: /^E1: the horizon moves by ten/, sql: [['least(t.now, l.horizon + 600000)', 't.now']] },
  { rule: 'E1: forgets too much', caughtBy: /^E1: a new database/, sql: [['WHERE o.until <= (', 'WHERE 0 <= (']] },
  { rule: 'R2: NOJUMP', caughtBy: /^R2: after a restore/, sql: [['* 1048576 - 1', '* 0']] },
  { rule: 'R2: NOQUAR', caughtBy: /^R2: after a restore/, sql: [['settled = false, wait_ms', 'wait_ms']] },
  {
    rule: 'R2: SHORTQUAR',
    caughtBy: /^R2: after a restore/,
    sql: [['greatest(l.wait_ms, $1::bigint), incarnation', 'greatest(l.wait_ms, $1::bigint * 0), incarnation']],
  },
  {
    rule: 'R2: an old watch counts',
    caughtBy: /^R2: after a restore/,
    sql: [['settled = true WHERE l.one AND l.incarnation = $1::text', 'settled = true WHERE l.one AND $1::text IS NOT NULL']],
  },
  { rule: 'R2: the rows of verifiers stay', caughtBy: /^R2: after a restore/, sql: [['DELETE FROM curfew.verifiers', 'SELECT 1']] },
  { rule: 'R2: SAMESECOND', caughtBy: /^R2: twice at once/, sql: [['::bigint > $3::bigint', '::bigint >= $3::bigint']] },
  // Consent
  {
    rule: 'RF-5: takes everybody’s back',
    caughtBy: /what one client was allowed is taken back/,
    sql: [[' AND o.client_id = q.client_id', '']],
  },
  {
    rule: 'RF-5: what is allowed anywhere is allowed here',
    caughtBy: /a code comes with whether/,
    sql: [[' AND p.audience = k.audience', '']],
  },
  // Mailed links
  {
    rule: 'PR-1: a used link stays',
    caughtBy: /fifty uses of one link/,
    sql: [['DELETE FROM curfew.links m USING', 'UPDATE curfew.links m SET mail = m.mail FROM']],
  },
  {
    rule: 'PR-1: whose link it is',
    caughtBy: /newest link of a purpose/,
    sql: [['ON u.id = m.user_id AND u.sub = q.sub', 'ON u.id = m.user_id']],
  },
  {
    rule: 'PR-1: the old link stays',
    caughtBy: /newest link of a purpose/,
    sql: [
      ['DO UPDATE SET hash = excluded.hash, mail', 'DO UPDATE SET hash = m.hash, mail'],
      ['INSERT INTO curfew.links (user_id', 'INSERT INTO curfew.links AS m (user_id'],
    ],
  },
  {
    rule: 'PR-1: links outlive their user',
    caughtBy: /a removed user has no links/,
    sql: [['WHERE m.user_id = gone.id', 'WHERE m.user_id = -gone.id']],
  },
  {
    rule: 'a claim finds somebody',
    caughtBy: /only a verified one finds them/,
    sql: [['AND u.mail_verified AND NOT u.deleted', 'AND NOT u.deleted']],
  },
  // Pruning
  {
    rule: 'S3: rows go too early',
    caughtBy: /^S3: an ended session/,
    sql: [['x.ended_at <= $1::bigint', 'x.ended_at <= $1::bigint + 100000']],
  },
  {
    rule: 'S3: an offline grant goes with its session',
    caughtBy: /^S3: what expired goes/,
    sql: [['ON g.sid = x.sid AND NOT g.offline\n', 'ON g.sid = x.sid\n']],
  },
  {
    rule: 'P2: an ended grant goes before its session',
    caughtBy: /^P2: a grant that ended/,
    sql: [['x.offline AND x.ended_at', 'x.ended_at']],
  },
]
