import { createServer } from 'node:http'
import { pino } from 'pino'
import { createCurfew } from '../create-curfew.ts'
import { CurfewError } from '../errors.ts'
import { fullConfig } from './config-file.ts'
import { facts, type Out } from './print.ts'

/** `curfew serve`: one process, one issuer, until SIGTERM or SIGINT; then a clean stop (R1). */
export async function serve(given: { config?: string; database?: string; port?: number; host?: string }, out: Out): Promise<void> {
  const options = await fullConfig(given.config)
  const log = pino({ level: process.env.CURFEW_LOG_LEVEL ?? 'info', base: null }, pino.destination({ dest: 1, sync: true }))
  const curfew = createCurfew({ ...options, ...(given.database ? { database: given.database } : {}), logger: log, serve: { health: true } })
  await curfew.ready()
  const url = new URL(options.issuer)
  const port = given.port ?? Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const host = given.host ?? '127.0.0.1'
  // A connection outlives the hold of a follow request, and the client closes first (protocol.md, In practice).
  const server = createServer({ keepAliveTimeout: 65_000, headersTimeout: 70_000, requestTimeout: 30_000 }, (request, response) =>
    curfew.node(request, response),
  )
  await new Promise<void>((listening, failed) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      failed(
        new CurfewError(
          error.code === 'EADDRINUSE'
            ? `Port ${port} is taken. Another one: curfew serve --port 4101`
            : `Cannot listen at ${host}:${port}: ${error.message}`,
        ),
      ),
    )
    server.listen(port, host, listening)
  })
  if (out.colour)
    facts(
      [
        { what: 'issuer', is: options.issuer },
        { what: 'listens', is: `${host}:${port}` },
        { what: 'database', is: given.database ?? options.database },
      ],
      out,
    )
  log.info({ event: 'started', issuer: options.issuer, host, port }, 'ready')
  await new Promise<void>((stop) => {
    process.once('SIGTERM', stop)
    process.once('SIGINT', stop)
  })
  log.info({ event: 'stopping' }, 'stopping')
  server.close()
  await curfew.close()
  server.closeAllConnections()
  log.info({ event: 'stopped' }, 'stopped')
}
