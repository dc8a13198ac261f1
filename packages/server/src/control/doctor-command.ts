import type { Services } from '../use-cases/needs.ts'
import type { Command } from './command.ts'
import { standings } from './standing.ts'
import { version } from './version.ts'

/** `curfew doctor`: what only the server, or its database, can say. What is good and what is not the command line judges. */
export const doctorCommands: Readonly<Record<string, Command>> = {
  doctor: async (_, services) => {
    const { store, world, settings, accounts } = services
    const before = world.monotonic()
    const ledger = await store.ledger.rows()
    const answered = world.monotonic() - before
    const [registered, clients, counts] = await Promise.all([store.lists.services(), store.lists.clients(), store.lists.counts()])
    const { now } = (await store.begin({ kind: 'head' })).at // the database's, by which `seen` is written, and which this machine's is held against
    const recent = await store.lists.allSessions(20)
    const known = new Set(registered.map(({ audience }) => audience))
    const wanted = clients
      .filter(({ disabled }) => !disabled)
      .flatMap(({ id, audience, audiences = [] }) =>
        [...(audience === undefined ? [] : [audience]), ...audiences].map((one) => ({ client: id, audience: one })),
      )
    return {
      version: version(),
      node: process.versions.node,
      issuer: settings.issuer,
      accounts: accounts.builtIn ? 'built in' : "the application's",
      now: Math.round(now),
      database_ms: Math.round(answered * 10) / 10,
      ...ledgerFacts(ledger, now),
      longest_token: settings.maxAccessLifetime,
      counts,
      ...(recent.length > 0 && recent.every(({ address }) => address === undefined) ? { no_address: true } : {}),
      services: standings(registered, ledger, now),
      uncovered: wanted.filter(({ audience }) => !known.has(audience)),
    }
  },
}

function ledgerFacts(ledger: Awaited<ReturnType<Services['store']['ledger']['rows']>>, now: number): Record<string, unknown> {
  const { head, horizon, leaseMs, waitMs, settled, pause, rows, past } = ledger
  return {
    ...{ head, lease_ms: leaseMs, wait_ms: waitMs, settled, horizon_ms: Math.round(horizon) },
    ...(pause ? { paused_until: Math.floor(pause.until / 1000) } : {}),
    verifiers: rows.map(({ service, id, acked, seen }) => ({
      ...{ service, process: id.slice(0, 4), position: acked, lag: head - acked },
      lease_ms: Math.max(0, seen + leaseMs - now),
      silent_ms: Math.max(0, now - seen - leaseMs),
    })),
    // Whoever gave its lease back said so: only those whom nobody heard of any more.
    vanished: past.flatMap(({ service, id, gone }) =>
      gone?.why === 'silent' && !rows.some((row) => row.service === service && row.id === id)
        ? [{ service, process: id.slice(0, 4), gone_at: Math.floor(gone.at / 1000) }]
        : [],
    ),
  }
}
