import { CurfewError } from '../errors.ts'
import type { Services } from '../use-cases/needs.ts'
import { number } from './arguments.ts'
import type { Command } from './command.ts'

/** `curfew verifiers`, `lease`, `status`. */
export const ledgerCommands: Readonly<Record<string, Command>> = {
  verifiers: async (_, { store }) => {
    const { rows, past, head, leaseMs, waitMs, settled } = await store.ledger.rows()
    const { at } = await store.begin({ kind: 'head' }) // `seen` is by the database's clock, which need not be ours
    const row = ({ service, id, acked, seen, gone }: (typeof rows)[number]) => {
      const left = seen + leaseMs - at.now
      return {
        service,
        process: id.slice(0, 4),
        position: acked,
        lag: head - acked,
        lease_ms: gone ? 0 : Math.max(0, left),
        silent_ms: Math.max(0, -left),
        gone: gone?.why,
        gone_at: gone && Math.floor(gone.at / 1000),
      }
    }
    return { head, lease_ms: leaseMs, wait_ms: waitMs, settled, verifiers: rows.map(row), past: past.map(row) }
  },
  lease: async (args, { store }) => {
    const wanted = number(args, 'lease_ms')
    if (wanted !== undefined) {
      if (wanted < 200 || wanted > 600_000) throw new CurfewError('A lease is between 200 ms and 10 minutes. Nothing was changed.')
      await store.ledger.changeLease(wanted) // D3
    }
    const { leaseMs, waitMs } = await store.ledger.rows()
    return { lease_ms: leaseMs, wait_ms: waitMs }
  },
  status: async (_, { store, settings }) => {
    const { head, leaseMs, settled, rows } = await store.ledger.rows()
    return {
      issuer: settings.issuer,
      audience: settings.audience,
      head,
      lease_ms: leaseMs,
      settled,
      verifiers: rows.length,
      ...(await store.lists.counts()),
    }
  },
}

/** `curfew tail`: each entry as it is committed. Ends when the reader has gone away. */
export async function tail(
  args: Record<string, unknown>,
  { store }: Services,
  to: { row(row: unknown): void; gone: AbortSignal },
): Promise<unknown> {
  let after = number(args, 'after') ?? Math.max(0, (await store.ledger.rows()).head - 10)
  let reading = Promise.resolve()
  const more = async (): Promise<void> => {
    const { entries } = await store.ledger.read(after, 1000)
    for (const entry of entries) {
      after = entry.seq
      to.row(entry)
    }
    if (entries.length === 1000) await more()
  }
  await more()
  const over = Promise.withResolvers<void>()
  const stop = store.ledger.onChange((what) => {
    if (what !== 'entry') return
    reading = reading.then(more)
    reading.catch(over.reject) // told to the reader: nobody else waits for it
  })
  if (to.gone.aborted) over.resolve()
  else to.gone.addEventListener('abort', () => over.resolve(), { once: true })
  await over.promise.finally(stop)
  await reading
  return { after }
}
