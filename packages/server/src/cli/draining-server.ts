import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'

/** A server that ends as proxies need it: whoever has a connection gets the answer that is due, and is told to use it for no other. */
export interface DrainingServer {
  readonly server: Server
  /** Takes no new connections. Resolves when none is left. */
  drain(): Promise<void>
  /** Hangs up on whoever is left. */
  cut(): void
}

/** Makes one, which does not listen yet. */
export function createDrainingServer(listener: RequestListener): DrainingServer {
  const unanswered = new Set<ServerResponse>()
  let isDraining = false
  // RFC 9112 §9.6. A proxy would send the next request over a connection that it keeps, just as we hang up: nobody would answer it.
  const last = (response: ServerResponse): void => {
    if (!response.headersSent) response.setHeader('connection', 'close')
  }
  // A connection outlives the hold of a follow request, and the client closes first (protocol.md, In practice).
  const server = createServer({ keepAliveTimeout: 65_000, headersTimeout: 15_000, requestTimeout: 30_000 }, (request, response) => {
    if (isDraining) last(response)
    unanswered.add(response)
    response.once('close', () => unanswered.delete(response))
    listener(request, response)
  })
  return {
    server,
    drain() {
      isDraining = true
      for (const response of unanswered) last(response)
      return new Promise((resolve) => void server.close(() => resolve()))
    },
    cut: () => server.closeAllConnections(),
  }
}
