import { Agent, request } from 'node:http'

/** What is sent. `body` an object: JSON; a string: a form. */
export type Call = {
  method?: 'GET' | 'POST' | 'DELETE'
  bearer?: string | undefined
  headers?: Record<string, string>
  body?: object | URLSearchParams
  /** Milliseconds after which nothing is waited for any more. */
  patience: number
}

/** What came back. */
export type Answer = { status: number; headers: Record<string, string | string[] | undefined>; text: string }

/** Speaks HTTP over connections that stay open: what is measured is the other side, not the dialling. */
export type Caller = { call(url: string, what: Call): Promise<Answer | undefined>; close(): void }

const most = 1 << 20

/** Makes a caller. Its answers are undefined where none came in time. */
export function makeCaller(): Caller {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  return {
    call: (url, what) => send(agent, url, what),
    close: () => agent.destroy(),
  }
}

function send(agent: Agent, url: string, { method = 'GET', bearer, headers = {}, body, patience }: Call): Promise<Answer | undefined> {
  const form = body instanceof URLSearchParams
  const bytes = body && Buffer.from(form ? body.toString() : JSON.stringify(body))
  return new Promise((resolve) => {
    const out = request(url, {
      agent,
      method,
      headers: {
        accept: 'application/json',
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
        ...(bytes && { 'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json', 'content-length': bytes.length }),
        ...headers,
      },
      signal: AbortSignal.timeout(patience),
    })
    out.on('error', () => resolve(undefined))
    out.on('response', (answer) => {
      const chunks: Buffer[] = []
      let size = 0
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > most) out.destroy()
        else chunks.push(chunk)
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString() }))
      answer.on('error', () => resolve(undefined))
      answer.on('close', () => resolve(undefined)) // cut off before its end; after `end` this does nothing
    })
    out.end(bytes)
  })
}

/** The JSON object in an answer; empty where there is none. */
export function json(answer: Answer | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(answer?.text ?? '')
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
