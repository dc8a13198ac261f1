import { reasonWords } from '../explain/reason-words.ts'
import type { Refused, Unavailable } from '../verdict.ts'

const names = { 401: 'UnauthorizedError', 403: 'ForbiddenError', 503: 'ServiceUnavailableError' } as const

/** How Node's `util.inspect` asks an object for its own words. */
const inspecting = Symbol.for('nodejs.util.inspect.custom')

/**
 * A request that is not let in, as the error handlers of frameworks know it. What can be seen of it (message, stack, members) is what the
 * caller may see; the precise reason is in `verdict`, which no serialiser shows (RFC 6750 §3.1), and on the console, for whoever runs it.
 */
export class RefusalError extends Error {
  readonly status: 401 | 403 | 503
  readonly statusCode: 401 | 403 | 503
  /** As in `http-errors`: the message is for callers. Nest and Koa answer with the status of errors that say so. */
  readonly expose: true
  readonly code: string
  readonly headers: Readonly<Record<string, string>>
  declare readonly verdict: Refused | Unavailable

  /** `todo`: what to do, for whoever runs it, where more is known than the reason. */
  constructor(verdict: Refused | Unavailable, todo?: string) {
    super(verdict.description)
    this.name = names[verdict.status]
    this.status = verdict.status
    this.statusCode = verdict.status
    this.expose = true
    this.code = verdict.code
    // Who is refused depends on who asks: no cache may hand the answer to others, whatever the application says of its pages (RFC 9111 §5.2.2).
    this.headers = { ...verdict.headers, 'cache-control': 'private, no-store' }
    this.stack = `${this.name}: ${this.message}`
    const { status, code, reason, detail } = verdict
    // What `console.error(error)` prints, as frameworks do by default: there the reason helps, and no caller sees it.
    const words = reasonWords(reason)
    const printed = `${this.stack} [${status} ${code}, ${reason}: ${detail ?? words.why}. To do: ${todo ?? words.todo}]`
    Object.defineProperties(this, { verdict: { value: verdict }, [inspecting]: { value: () => printed } })
  }

  /** The answer itself; Hono asks errors for it. */
  getResponse(): Response {
    const { code: error, message: error_description, status, headers } = this
    return Response.json({ error, error_description }, { status, headers })
  }
}
