import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Store } from '../../src/store/store.ts'
import { contractCases } from '../../src/testing/store-contract.ts'
import {
  answersBackwards,
  anyPosition,
  beatsOfOne,
  bornAtHead,
  decidesOnAStaleLoad,
  forgetsBlindly,
  positionsLate,
  refusesTogether,
  waitsForNobody,
  wakesEarly,
  withoutLeast,
} from './broken-ports.ts'
import { rewriting } from './sqlite/broken-sql.ts'
import { openInMemory } from './sqlite/open-for-test.ts'

// Adapters that are broken on purpose, each in one rule. The contract must catch every one: a test that cannot fail shows nothing.

/** Two shapes of breaking: other SQL in the same adapter, or something around the port that does not keep a rule. */
type Broken = { readonly rule: string; readonly caughtBy: RegExp } & (
  | { readonly sql: readonly [from: string, to: string] }
  | { readonly around: (store: Store) => Store }
)

const broken: readonly Broken[] = [
  // Transactions
  { rule: 'the lock: decides on what it saw before', caughtBy: /fifty redemptions/, around: decidesOnAStaleLoad },
  { rule: 'the lock', caughtBy: /fifty refreshes/, around: decidesOnAStaleLoad },
  { rule: 'the lock', caughtBy: /three devices/, around: decidesOnAStaleLoad },
  { rule: 'the lock', caughtBy: /fifty endings of one session/, around: decidesOnAStaleLoad },
  { rule: 'the lock', caughtBy: /fifty sign-ups/, around: decidesOnAStaleLoad },
  { rule: 'P4: checks before it has the lock', caughtBy: /an administrator ends all/, around: decidesOnAStaleLoad },
  { rule: 'P4', caughtBy: /fifty password changes from one device/, around: decidesOnAStaleLoad },
  { rule: 'what throws is undone', caughtBy: /takes nobody with it/, sql: ['ROLLBACK TO one', 'SELECT 1'] },
  { rule: 'what throws is refused alone', caughtBy: /takes nobody with it/, around: refusesTogether },
  // Ledger numbers
  {
    rule: 'L1: the entry is forgotten',
    caughtBy: /L1, M3: an ended session/,
    sql: ['INSERT INTO ledger (seq, sort, what, id, until) VALUES (?, ?, ?, ?, ?)', 'SELECT ?, ?, ?, ?, ?'],
  },
  {
    rule: 'L1: the row is forgotten',
    caughtBy: /L1, M3: an ended session/,
    sql: ['SET ended_seq = ?, ended_at = ?', 'SET ended_seq = (? * NULL), ended_at = ?'],
  },
  { rule: 'L1: ends twice', caughtBy: /to end twice/, sql: ['WHERE sid = ? AND ended_seq IS NULL', 'WHERE sid = ?'] },
  { rule: 'L2: GAPS', caughtBy: /numbers have no holes/, sql: ['SET head = head + 1', 'SET head = head + 2'] },
  { rule: 'L2: a refused update keeps its number', caughtBy: /numbers have no holes/, sql: ['ROLLBACK TO one', 'SELECT 1'] },
  { rule: 'L2: out of order', caughtBy: /numbers have no holes/, around: answersBackwards },
  { rule: 'M3: NOMARGIN', caughtBy: /L1, M3: an ended session/, sql: ['RETURNING head, max_ttl', 'RETURNING head, 0'] },
  { rule: 'M3: max_ttl is lowered', caughtBy: /longest that was ever allowed/, sql: ['max_ttl = max(max_ttl, ?)', 'max_ttl = ?'] },
  // Positions
  { rule: 'P1: PWLATE', caughtBy: /a password change commits while/, around: positionsLate },
  { rule: 'P1: HEADAFTER', caughtBy: /a birth keeps the position/, around: bornAtHead },
  { rule: 'P1: a position from nowhere', caughtBy: /a birth ahead of the ledger/, around: anyPosition },
  {
    rule: 'P4: the cut is not stored',
    caughtBy: /P4, P6: a cut and a stale mark/,
    sql: ['UPDATE users SET cut = ?', 'UPDATE users SET cut = cut + 0 * ?'],
  },
  { rule: 'P4: nor with the client', caughtBy: /P4, P6/, sql: ['UPDATE clients SET cut = ?', 'UPDATE clients SET cut = cut + 0 * ?'] },
  {
    rule: 'P4: a registration forgets the cut',
    caughtBy: /keeps its cut and stale/,
    sql: ['DO UPDATE SET registration = excluded.registration', 'DO UPDATE SET registration = excluded.registration, cut = 0, stale = 0'],
  },
  { rule: 'P6: stale is stored as a cut', caughtBy: /P4, P6/, sql: ['UPDATE users SET stale = ?', 'UPDATE users SET cut = ?'] },
  { rule: 'P2: lists show what was cut', caughtBy: /lists show what lives/, sql: ['s.pos >= max(u.cut, ?2)', '?2 IS NOT NULL'] },
  { rule: 'P2: the cut of the issuer', caughtBy: /lists show what lives/, sql: ['s.pos >= max(u.cut, ?2)', 's.pos >= max(u.cut, 0 * ?2)'] },
  {
    rule: 'P2: the cut of the client',
    caughtBy: /lists show what lives/,
    sql: ['g.pos >= max(u.cut, c.cut, ?2)', 'g.pos >= max(u.cut, ?2)'],
  },
  { rule: 'lists show what expired', caughtBy: /lists show what lives/, sql: ['s.idle_expires_at > ?1', '?1 IS NOT NULL'] },
  {
    rule: 'P2: a removed user loses its row',
    caughtBy: /a removed user keeps/,
    sql: ['deleted = 1,\n', 'deleted = 1, usr = randomblob(16),\n'],
  },
  // Limits
  { rule: 'LG-2: counts what it saw before', caughtBy: /of fifty tries at once/, around: decidesOnAStaleLoad },
  {
    rule: 'LG-2: a count is forgotten',
    caughtBy: /of fifty tries at once/,
    sql: ['INSERT INTO limits (key, tat) VALUES (?, ?)', 'INSERT INTO limits (key, tat) SELECT ?, ? WHERE 0'],
  },
  { rule: 'LG-2: nothing is given back', caughtBy: /what is given back/, sql: ['SET tat = tat - ?', 'SET tat = tat - 0 * ?'] },
  { rule: 'LG-2: pruned too early', caughtBy: /leaves no row/, sql: ['tat <= ? ORDER BY tat', '? IS NOT NULL ORDER BY tat'] },
  // Follow
  { rule: 'F1: acknowledges numbers to come', caughtBy: /F1: the answer to a beat/, around: withoutLeast },
  { rule: 'F1: NOBEAT', caughtBy: /a beat is never used before/, around: beatsOfOne },
  { rule: 'F7: refused', caughtBy: /F7/, sql: ['SELECT refused, max_rows', 'SELECT 0, max_rows'] },
  { rule: 'F7: too many', caughtBy: /F7/, sql: ['SELECT refused, max_rows', 'SELECT refused, 1000'] },
  { rule: 'S2: waits for nobody', caughtBy: /S2: a sign-out waits/, around: waitsForNobody },
  { rule: 'L4: DELETEBLIND', caughtBy: /F6, L4/, around: forgetsBlindly },
  { rule: 'L3: wakes too early', caughtBy: /whoever listens is woken/, around: wakesEarly },
  { rule: 'S5: a late pending takes a confirmation back', caughtBy: /S5: a receipt/, sql: [" WHERE outcome = 'pending'", ''] },
  // Leases and the horizon
  { rule: 'D3: LOWERATONCE', caughtBy: /a longer lease is waited for/, sql: ['wait_ms = max(wait_ms, ?)', 'wait_ms = ?'] },
  {
    rule: 'D3: OLDWATCH',
    caughtBy: /lowered, raised, lowered again/,
    sql: ['incarnation = ? WHERE one = 1 AND incarnation = ?', 'incarnation = ? WHERE one = 1 AND ? IS NOT NULL'],
  },
  {
    rule: 'E1: whatever was seen',
    caughtBy: /a new database begins with its clock/,
    sql: ['WHERE one = 1 AND horizon = ?', 'WHERE one = 1 AND ? IS NOT NULL'],
  },
  { rule: 'E1: a leap', caughtBy: /ten minutes at most/, sql: ['max(horizon, min(?, horizon + 600000))', '?'] },
  {
    rule: 'E1: forgets too much',
    caughtBy: /a new database begins with its clock/,
    sql: ['WHERE until <= (SELECT horizon', 'WHERE 0 <= (SELECT horizon'],
  },
  // Start and stop
  { rule: 'R1: NOQUAR', caughtBy: /after a crash nothing is confirmed/, sql: ['SET settled = 0, incarnation = ?', 'SET incarnation = ?'] },
  {
    rule: 'R1: an old watch counts',
    caughtBy: /after a crash nothing is confirmed/,
    sql: ['SET settled = 0, incarnation = ?', 'SET settled = ? IS NULL'],
  },
  {
    rule: 'R2: settled without a watch',
    caughtBy: /after a crash nothing is confirmed/,
    sql: ['SET settled = 1 WHERE one = 1 AND incarnation = ?', 'SET settled = 1 WHERE one = 1 AND ? IS NOT NULL'],
  },
  { rule: 'R1: CLEANLATE', caughtBy: /a crash after a clean start/, sql: ['SET clean = 0 WHERE', 'SET clean = clean WHERE'] },
  {
    rule: 'R1: CLEANQUAR',
    caughtBy: /a clean stop while the crash before/,
    sql: ['SET clean = ?, clock', 'SET clean = max(?, 1), settled = 1, clock'],
  },
  {
    rule: 'R1: the rows are not written',
    caughtBy: /after a clean stop the verifiers are known/,
    sql: ['INSERT INTO verifiers (service, id, acked, beat, seen) VALUES (?, ?, ?, ?, ?)', 'SELECT ?, ?, ?, ?, ?'],
  },
  {
    rule: 'R1: the rows are written once',
    caughtBy: /two clean stops/,
    sql: ['SELECT service, id, acked, beat, seen FROM verifiers', 'SELECT service, id, acked, beat, seen FROM verifiers WHERE 0'],
  },
  { rule: 'R2: NOJUMP', caughtBy: /^R2: after a restore/, sql: ['? * 1048576 - 1', '? * 0'] },
  { rule: 'R2: NOQUAR', caughtBy: /^R2: after a restore/, sql: ['settled = 0, clean = 0, moved_to', 'clean = 0, moved_to'] },
  {
    rule: 'R2: SHORTQUAR',
    caughtBy: /^R2: after a restore/,
    sql: ['wait_ms = max(wait_ms, ?), incarnation = ? WHERE', 'wait_ms = max(wait_ms, ? * 0), incarnation = ? WHERE'],
  },
  {
    rule: 'R2: the keys of before go on',
    caughtBy: /^R2: after a restore/,
    sql: ["use = 'sign' AND ended_at IS NULL", "use = 'none' AND ended_at IS NULL"],
  },
  { rule: 'R2: SAMESECOND', caughtBy: /^R2: twice at once/, sql: ['? * 1048576 - 1', '(? - 1) * 1048576 - 1'] },
  // Consent
  {
    rule: 'RF-5: takes everybody’s back',
    caughtBy: /what one client was allowed is taken back/,
    sql: ['sub = ?) AND client_id = ?', 'sub = ?) AND ? IS NOT NULL'],
  },
  {
    rule: 'RF-5: what is allowed anywhere is allowed here',
    caughtBy: /a code comes with whether/,
    sql: [' AND o.audience = k.audience', ''],
  },
  { rule: 'RF-5: one of the other stays', caughtBy: /fifty codes are redeemed/, around: decidesOnAStaleLoad },
  // Mailed links
  {
    rule: 'PR-1: a used link stays',
    caughtBy: /fifty uses of one link/,
    sql: ['DELETE FROM links WHERE hash = ?', 'DELETE FROM links WHERE hash = ? AND 0'],
  },
  {
    rule: 'PR-1: whose link it is',
    caughtBy: /newest link of a purpose/,
    sql: ['users u ON u.id = m.user WHERE m.hash', 'users u WHERE m.hash'],
  },
  {
    rule: 'PR-1: the old link stays',
    caughtBy: /newest link of a purpose/,
    sql: ['ON CONFLICT (user, purpose) DO UPDATE SET hash = excluded.hash', 'ON CONFLICT (user, purpose) DO UPDATE SET hash = links.hash'],
  },
  {
    rule: 'PR-1: links outlive their user',
    caughtBy: /a removed user has no links/,
    sql: ['DELETE FROM links WHERE user = (', 'DELETE FROM links WHERE 0 AND user = ('],
  },
  { rule: 'a claim finds somebody', caughtBy: /only a verified one finds them/, sql: ['u.mail_verified = 1 AND u.deleted', 'u.deleted'] },
  // Pruning
  {
    rule: 'links stay for ever',
    caughtBy: /links that are over are pruned/,
    sql: ['links WHERE expires_at <= ?', 'links WHERE 0 * ? AND expires_at <= 0'],
  },
  { rule: 'S3: rows go too early', caughtBy: /an ended session and its grants stay/, sql: ['ended_at <= ?', 'ended_at <= ? + 100000'] },
  {
    rule: 'S3: an offline grant goes with its session',
    caughtBy: /an offline grant outlives/,
    sql: ['DELETE FROM grants WHERE sid = ? AND offline = 0', 'DELETE FROM grants WHERE sid = ?'],
  },
]

describe('the contract catches', () => {
  for (const each of broken) {
    test(`${each.rule} (${'sql' in each ? each.sql[1].trim() : each.around.name})`, async () => {
      const found = contractCases.filter(({ name, needs }) => !needs?.includes('node') && each.caughtBy.test(name))
      assert.equal(found.length, 1, 'the pattern names one case')
      const rewrite = 'sql' in each ? rewriting(...each.sql) : undefined
      const opened = await openInMemory(rewrite?.change)
      try {
        const given = 'around' in each ? { ...opened, store: each.around(opened.store) } : opened
        await assert.rejects(found[0]!.run(given), 'a broken adapter passed')
        if (!rewrite) return
        assert.ok(rewrite.used > 0, 'the SQL to be broken is not there any more')
        assert.equal(rewrite.invalid, undefined)
      } finally {
        await opened.close().catch(() => {})
      }
    })
  }
})
