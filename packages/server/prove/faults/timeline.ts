import type { Event } from './history.ts'

/** Milliseconds of what came before that can still matter: a lease, a hold and a little. */
const before = 12_000

/** The few events that show what went wrong with a token, at a service, at a time: times are milliseconds before it. */
export function timeline(events: readonly Event[], at: number, about: { readonly token?: number; readonly service?: string }): string {
  const lines: { at: number; text: string }[] = []
  const open = new Map<number, { at: number; text: string }>()
  let last: string | undefined
  for (const event of events) {
    if (event.at > at + 1) break
    const isRecent = event.at >= at - before
    if (event.what === 'fault') {
      // What happens on the way of people, or to another verifier, is no part of what this one says.
      const isElsewhere = about.service !== undefined && /^(?:people|verifier)/.test(event.kind) && !event.on.includes(about.service)
      if (!isElsewhere || event.kind === 'verifiers move')
        open.set(event.fault, { at: event.at, text: `${event.kind} begins: ${event.on}` })
    }
    if (event.what === 'fault') continue
    if (event.what === 'fault over') {
      const begun = open.get(event.fault)
      open.delete(event.fault)
      if (begun && isRecent) lines.push(begun, { at: event.at, text: `${begun.text.replace(' begins', ' is over')}` })
    } else if (event.what === 'restored' || event.what === 'wait') {
      if (isRecent) lines.push({ at: event.at, text: event.what === 'wait' ? `W is ${event.ms} ms` : 'a restore is declared' })
    } else if (event.what === 'checks') {
      const index = about.token === undefined ? -1 : event.tokens.indexOf(about.token)
      if (index < 0 || (about.service !== undefined && event.service !== about.service)) continue
      const text = `${event.service} ${words[event.verdicts[index] ?? ''] ?? '?'} (sent ${(at - event.sent).toFixed(1)} before)`
      // What was said over and over is worth one line: the first and the last time.
      if (text.split(' (')[0] === last && event.at < at - 1) continue
      last = text.split(' (')[0]
      if (isRecent) lines.push({ at: event.at, text })
    } else if (event.what === 'request') {
      if (event.isConfirmed && Math.abs(event.at - at) < 1 && about.token === undefined)
        lines.push({ at: event.sent, text: `${event.path} is sent` }, { at: event.at, text: `${event.path} is confirmed` })
    } else if ('token' in event && event.token === about.token) {
      if (event.what === 'used') lines.push({ at: event.at, text: `the issuer answers ${event.status} to its refresh token` })
      else lines.push({ at: event.at, text: event.what === 'ending' ? `${event.kind} is sent` : `the token is ${event.what}` })
    }
  }
  return [...lines, ...open.values()]
    .sort((one, other) => one.at - other.at)
    .slice(-30)
    .map((line) => `${`-${Math.max(0, at - line.at).toFixed(1)}`.padStart(10)} ms  ${line.text}`)
    .join('\n')
}

const words: Readonly<Record<string, string>> = { a: 'accepts', r: 'refuses', u: 'cannot say' }
