import http from 'node:http'
import https from 'node:https'
import type { TransportAnswer } from './transport.ts'

/** One HTTP call. */
export type Call = {
  method: 'GET' | 'POST'
  headers: Record<string, string>
  body?: string
  agent: http.Agent
  signal: AbortSignal
  /** Bytes of the answer's body at most. */
  limit: number
  read(bytes: Buffer): unknown
  /** Does not keep the process alive. */
  background?: boolean
  /** May be sent twice: on a kept connection that the other side has just closed, it is. */
  repeatable?: boolean
}

/** Makes an agent that keeps connections, for the protocol of an address. */
export function makeAgent(protocol: string, maxSockets: number): http.Agent {
  const options = { keepAlive: true, maxSockets, maxFreeSockets: maxSockets }
  return protocol === 'https:' ? new https.Agent(options) : new http.Agent(options)
}

/** Calls, follows no redirect, and takes a bounded body. A body that is not what `read` takes is undefined. */
export function call(url: URL, options: Call): Promise<TransportAnswer> {
  return new Promise((resolve, reject) => {
    const { method, headers, body, agent, signal } = options
    const send = url.protocol === 'https:' ? https.request : http.request
    const length = body === undefined ? undefined : { 'Content-Length': String(Buffer.byteLength(body)) }
    const request = send(url, { method, headers: { Accept: 'application/json', ...headers, ...length }, agent, signal })
    if (options.background) request.on('socket', (socket) => socket.unref())
    request.on('error', (error: NodeJS.ErrnoException) => {
      const wasStale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
      if (wasStale && options.repeatable) call(url, { ...options, repeatable: false }).then(resolve, reject)
      else reject(error)
    })
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > options.limit) request.destroy(new Error(`an answer of more than ${options.limit} bytes`))
        else chunks.push(chunk)
      })
      response.on('error', reject)
      response.on('aborted', () => reject(new Error('the answer broke off')))
      response.on('end', () => {
        const after = Number(response.headers['retry-after'])
        const status = response.statusCode ?? 0
        resolve({ status, body: options.read(Buffer.concat(chunks)), ...(Number.isFinite(after) && after >= 0 && { retryAfter: after }) })
      })
    })
    request.end(body)
  })
}
