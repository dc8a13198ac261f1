import type { Command } from 'commander'
import { type Context, examples } from './context.ts'
import { readToken } from './input.ts'
import { length, whole } from './numbers.ts'
import { ago, clock, duration, facts, next, type Out, table, tint } from './print.ts'
import { isSame, type VerifierRow } from './standing-facts.ts'
import { type TokenAnswer, tellToken } from './token-facts.ts'

interface Standing {
  readonly head: number
  readonly settled: boolean
  readonly verifiers: readonly VerifierRow[]
  readonly past: readonly VerifierRow[]
}

/** `curfew verifiers`, `inspect`, `lease`, `tail`. */
export function watchCommands(program: Command, { ask, tell, terminal }: Context): void {
  const verifiers = program.command('verifiers').description('who follows the ledger, how far, and how long each may go on alone')
  verifiers.addHelpText('after', '\nAs each last asked, which it does all the time: at most a third of its lease ago, or it is silent.')
  verifiers.action(async () => {
    const found = await ask<Standing>('verifiers', {})
    tell(found, (out) => tellVerifiers(found, terminal.now(), out))
  })

  const inspect = program.command('inspect [token]').description('what a token is, and whether it is good; - reads it from stdin')
  inspect.addHelpText('after', '\nExit codes: 0 good, 1 refused.')
  examples(inspect, 'curfew inspect - < token.txt', 'curfew inspect          (asks for it)')
  inspect.action(async (given = '-') => {
    const token = await readToken(given, 'curfew inspect - < token.txt', terminal)
    const found = await ask<TokenAnswer>('inspect', { token })
    tell(found, (out) => tellToken(found, token, out), found.active ? 0 : 1)
  })

  const lease = program.command('lease').argument('[duration]', 'a new one; without it, the present one is shown', length)
  lease.description('how long a verifier may go on without the issuer')
  lease.addHelpText('after', '\nShort: a sign-out waits less for a service that has died. Long: services sleep through a longer outage.')
  examples(lease, 'curfew lease', 'curfew lease 30s')
  lease.action(async (wanted: number | undefined) => {
    const found = await ask<{ lease_ms: number; wait_ms: number }>('lease', { lease_ms: wanted })
    tell(found, (out) => {
      // D3: what was lowered is waited for as before until the last lease of the old length is over.
      const isLowered = found.wait_ms > 1.02 * found.lease_ms + 100
      facts(
        [
          { what: 'lease', is: duration1(found.lease_ms), figure: 'a verifier goes on alone' },
          {
            what: 'wait',
            is: duration1(found.wait_ms),
            figure: `a sign-out waits at most${isLowered ? ', as long as old leases run' : ''}`,
          },
        ].map(({ what, is, figure }) => ({ what, is: `${is.padEnd(8)}  ${figure}` })),
        out,
      )
      next('curfew verifiers', out)
    })
  })

  const tail = program.command('tail').description('the ledger, entry by entry, as it is written; until Ctrl-C')
  tail.option('--after <number>', 'begin after this entry (with the last ten)', whole)
  examples(tail, 'curfew tail', 'curfew tail --after 1042 --json')
  tail.action(async ({ after }: { after?: number }) => {
    let isFirst = true
    await ask('tail', { after }, (row) =>
      tell(row, (out) => {
        if (isFirst) out.write(`${tint('     no.  sort   what', 'soft', out)}\n`)
        isFirst = false
        tellEntry(row as Entry, out)
      }),
    )
  })
}

function tellVerifiers({ verifiers, past, settled }: Standing, now: number, out: Out): void {
  if (verifiers.length === 0) out.write('No verifier follows.\n')
  else {
    const cells = ({ service, process, position, lag, lease_ms, silent_ms }: VerifierRow) => {
      const lease = lease_ms > 0 ? `${(lease_ms / 1000).toFixed(1)} s` : `out, ${duration(silent_ms / 1000)}`
      return [service, process, lease, String(position), String(lag), lease_ms > 0 ? '' : 'asks before it accepts']
    }
    table(['service', 'process', 'lease', 'position', 'lag', ''], verifiers.map(cells), ['position', 'lag'], out)
  }
  // The last few: whoever looks here wonders where a service has gone.
  const isBack = (row: VerifierRow) => verifiers.some((one) => isSame(one, row))
  const gone = past.filter((row) => row.gone_at !== undefined && !isBack(row)).slice(-5)
  if (gone.length > 0) {
    out.write('\n')
    const cells = ({ service, process, position, gone: why = '', gone_at = 0 }: VerifierRow) => {
      return [service, process, ago(gone_at, now), String(position), why === 'released' ? 'it said goodbye' : 'its lease ran out']
    }
    table(['gone', 'process', 'when', 'position', 'why'], gone.map(cells), ['position'], out)
  }
  if (!settled) out.write('\nAfter a stop that was not clean, sign-outs wait for one lease before they are confirmed.\n')
  next(verifiers.length === 0 ? 'curfew services add ID' : 'curfew tail', out)
}

/** An entry of the ledger, as it goes over the wire. */
type Entry = { readonly seq: number; readonly until: number } & Readonly<
  Record<'ended' | 'cut' | 'stale', Record<string, string> | undefined>
>

const kinds: Readonly<Record<string, string>> = {
  sid: 'session',
  gid: 'grant',
  jti: 'token',
  kid: 'key',
  usr: 'user',
  client_id: 'client',
}

function tellEntry(entry: Entry, out: Out): void {
  const sort = (['ended', 'cut', 'stale'] as const).find((one) => entry[one] !== undefined) ?? 'ended'
  const [[kind, name] = ['', '']] = Object.entries(entry[sort] ?? {})
  const what = kind === '' ? 'everything' : `${kinds[kind] ?? kind} ${name}`
  const until = tint(`until ${clock(entry.until)}`, 'soft', out)
  out.write(`${String(entry.seq).padStart(8)}  ${sort.padEnd(5)}  ${what.padEnd(31)}  ${until}\n`)
}

/** A lease is short: its tenths count. */
function duration1(milliseconds: number): string {
  return milliseconds < 60_000 ? `${Math.round(milliseconds / 10) / 100} s` : duration(milliseconds / 1000)
}
