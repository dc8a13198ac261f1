import { type Call, httpClient, type Seen } from '../http-client.ts'
import type { History } from './history.ts'

/** What may not be sent again when its answer was lost: it would not do the same. */
const once = /^POST \/(?:password|session\/sign-in|sign-up)$/

/** Milliseconds that a person tries for. */
const patience = 60_000

/**
 * Calls as a client with patience makes them: what brings no answer, or 503, is sent again after a moment, where that does the same. Each
 * request goes into the history with what came of it.
 */
export function resilientHttp(history: History, isOver: () => boolean): ReturnType<typeof httpClient> {
  const http = httpClient(256)

  async function call(url: string, given: Call = {}): Promise<Seen> {
    const { pathname } = new URL(url)
    const name = `${given.method ?? 'GET'} ${pathname}`
    const end = performance.now() + patience
    for (let tries = 0; ; tries += 1) {
      const sent = performance.now()
      const answer = await http.call(url, { ...given, patience: 45_000 }).catch((error: unknown) => error)
      const seen = answer instanceof Error ? undefined : (answer as Seen)
      const isAnswer = seen !== undefined && seen.status < 500
      const mayRepeat = seen?.status === 503 || !once.test(name)
      if (isAnswer || !mayRepeat || performance.now() > end || isOver()) {
        const isConfirmed = seen?.status === 200 && /"confirmed":true/.test(seen.text)
        const at = seen?.cameAt ?? performance.now()
        history.take({ what: 'request', sent: seen?.sentAt ?? sent, at, path: plain(name), status: seen?.status ?? 0, isConfirmed, tries })
        if (seen === undefined) throw answer
        // S5: a node that stops answers at once, with a link to the outcome.
        const { location } = seen.headers
        const isPending = seen.status === 202 || (seen.status === 200 && /"confirmed":false/.test(seen.text)) // /revoke: RFC 7009 §2.2
        if (isPending && typeof location === 'string' && given.headers?.prefer === undefined) {
          const outcome = await call(new URL(location, url).href, { headers: { prefer: 'wait=60' } })
          return outcome.status === 404 && mayRepeat ? call(url, given) : { ...outcome, sentAt: seen.sentAt }
        }
        if (seen.status === 202 && given.headers?.prefer !== undefined && performance.now() < end) continue
        return seen
      }
      await new Promise((later) => setTimeout(later, 100 + Math.min(1000, 100 * tries)))
    }
  }
  return { call, close: http.close }
}

/** The same for what the command line asks, where doing it twice does the same. */
export function resilientCommand(
  ask: (name: string, args: Readonly<Record<string, unknown>>) => Promise<unknown>,
  history: History,
  isOver: () => boolean,
): (name: string, args: Readonly<Record<string, unknown>>) => Promise<unknown> {
  return async (name, args) => {
    const end = performance.now() + patience
    for (let tries = 0; ; tries += 1) {
      const sent = performance.now()
      const seen = (status: number, isConfirmed: boolean): void =>
        history.take({ what: 'request', sent, at: performance.now(), path: `curfew ${name}`, status, isConfirmed, tries })
      try {
        const done = await ask(name, args)
        seen(200, (done as { confirmed?: boolean }).confirmed === true)
        return done
      } catch (error) {
        if (name === 'users.remove' || performance.now() > end || isOver()) {
          seen(0, false)
          throw error
        }
        await new Promise((later) => setTimeout(later, 200 + Math.min(1000, 100 * tries)))
      }
    }
  }
}

/** Without what names somebody. */
function plain(name: string): string {
  return name.replace(/\/(sessions|receipts)\/.*/, '/$1/…')
}
