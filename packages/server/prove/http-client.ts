import { Agent, request } from 'node:http'

/** An answer as the harness sees it; `sentAt` and `cameAt` on its own clock, the one reference of the whole proof. */
export interface Seen {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  readonly sentAt: number
  readonly cameAt: number
}

export interface Call {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Milliseconds. */
  readonly patience?: number
}

/** Calls over kept-alive connections. A connection that breaks is an error: only who calls knows whether it may be tried again. */
export function httpClient(maxSockets = 64): { call(url: string, call?: Call): Promise<Seen>; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets, scheduling: 'lifo' })
  return {
    call: (url, { method = 'GET', headers = {}, body, patience = 15_000 } = {}) =>
      new Promise((resolve, reject) => {
        const sentAt = performance.now()
        const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
        const sent = request(url, { method, agent, headers: { ...headers, ...length }, timeout: patience }, (answer) => {
          const parts: Buffer[] = []
          answer.on('data', (part: Buffer) => parts.push(part))
          answer.on('error', reject)
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              text: Buffer.concat(parts).toString('utf8'),
              sentAt,
              cameAt: performance.now(),
            }),
          )
        })
        sent.on('timeout', () => sent.destroy(new Error(`no answer within ${patience} ms`)))
        sent.on('error', reject)
        sent.end(body)
      }),
    close: () => agent.destroy(),
  }
}

/** A form as a body. */
export function form(fields: Readonly<Record<string, string>>): { headers: Record<string, string>; body: string } {
  return { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(fields).toString() }
}

/** JSON as a body. */
export function json(value: unknown): { headers: Record<string, string>; body: string } {
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) }
}
