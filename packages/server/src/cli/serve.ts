import { setTimeout as delay } from 'node:timers/promises'
import { type Logger as Pino, pino } from 'pino'
import { type Curfew, createCurfew } from '../create-curfew.ts'
import { CurfewError } from '../errors.ts'
import { databaseAt, shownDatabase } from '../open-store.ts'
import { stayAlive } from '../real-world.ts'
import { fullConfig } from './config-file.ts'
import type { Place } from './context.ts'
import { createDrainingServer, type DrainingServer } from './draining-server.ts'
import { facts, next, type Out } from './print.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/** What `curfew serve` is told on the command line. */
export interface ServeOptions {
  readonly port?: number
  readonly host?: string
}

/** How long, after all is closed, answers may take to leave, in milliseconds: a request whose body stays away gets none. */
const PATIENCE = 1000

/** Where a proxy is expected to find us that does the TLS. */
const behindProxy = 4100

/** `curfew serve`: one process, one issuer, until SIGTERM or SIGINT; then a clean stop (R1). */
export async function serve(place: Place, given: ServeOptions, terminal: Terminal, out: Out): Promise<void> {
  const configured = await fullConfig(place.config, terminal.env)
  const { database: named } = place
  const options = { ...configured, database: named === undefined ? configured.database : databaseAt(named, configured.database) }
  const log = openLog(terminal.env.CURFEW_LOG_LEVEL)
  const stopping = interrupted(terminal)
  const curfew = createCurfew({ ...options, logger: options.logger ?? log, serve: { health: true, ...options.serve } })
  const servers: DrainingServer[] = []
  try {
    const { port, hosts } = whereToListen(options.issuer, given)
    for (const host of hosts) servers.push(await listen(curfew, port, host, given.host === undefined && hosts.indexOf(host) > 0))
    // While PostgreSQL is away it is alive and not ready, and tells why (/readyz, log); it goes on by itself.
    const isReady = await Promise.race([curfew.ready().then(() => true), stopping.first.then(() => false)])
    if (isReady && terminal.stdout.isTTY && !out.json) {
      const rows = [
        { what: 'issuer', is: options.issuer },
        { what: 'listens', is: hosts.map((host) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(' and ') },
        { what: 'database', is: shownDatabase(options.database) },
      ]
      facts(rows, out)
      next('curfew users add NAME', out)
    }
    if (isReady) log.info({ event: 'started', issuer: options.issuer, hosts, port }, 'ready')
    await stopping.first
    log.info({ event: 'stopping' }, 'stopping')
  } finally {
    // Nobody new is let in; who is held or waits is answered, and what came in last is; then the rest is hung up on. A second Ctrl-C waits for nothing.
    const letGo = stayAlive() // no timer of ours holds the process, and no connection may be left that would
    try {
      const drained = Promise.all(servers.map((server) => server.drain()))
      await Promise.race([curfew.close(), stopping.second])
      await Promise.race([drained, stopping.second, delay(PATIENCE, undefined, { ref: false })])
    } finally {
      for (const server of servers) server.cut()
      letGo()
      stopping.forget()
    }
  }
  log.info({ event: 'stopped' }, 'stopped')
}

function openLog(level: string = 'info'): Pino {
  if (!['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].includes(level))
    throw new UsageError(`CURFEW_LOG_LEVEL is ${level}. It can be debug, info, warn, error or silent.`)
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ dest: 1, sync: true }))
}

function interrupted(terminal: Terminal): { first: Promise<void>; second: Promise<void>; forget: () => void } {
  const first = Promise.withResolvers<void>()
  const second = Promise.withResolvers<void>()
  let times = 0
  const forget = terminal.onInterrupt(() => {
    times += 1
    if (times === 1) first.resolve()
    else second.resolve()
  })
  return { first: first.promise, second: second.promise, forget }
}

function whereToListen(issuer: string, given: ServeOptions): { port: number; hosts: string[] } {
  const { protocol, hostname, port } = new URL(issuer)
  // An https issuer has a proxy before it: what listens here speaks http.
  const own = protocol === 'https:' ? behindProxy : Number(port || 80)
  const loopback = hostname === '[::1]' ? ['::1'] : hostname.endsWith('localhost') ? ['127.0.0.1', '::1'] : ['127.0.0.1']
  return { port: given.port ?? own, hosts: given.host === undefined ? loopback : [given.host] }
}

async function listen(curfew: Curfew, port: number, host: string, mayFail: boolean): Promise<DrainingServer> {
  const draining = createDrainingServer((request, response) => curfew.node(request, response))
  const { server } = draining
  await new Promise<void>((listening, failed) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      // A machine without IPv6 has no ::1, and needs none.
      if (mayFail && (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT')) listening()
      else failed(new CurfewError(cannotListen(error, port, host)))
    })
    server.listen(port, host, listening)
  })
  return draining
}

function cannotListen(error: NodeJS.ErrnoException, port: number, host: string): string {
  if (error.code === 'EADDRINUSE')
    return `Port ${port} is taken. Stop what listens there, or take another one: curfew serve --port ${port + 1} (the issuer's address must lead to it).`
  if (error.code === 'EACCES')
    return `Port ${port} may not be used by this user. Another one, with a proxy before it: curfew serve --port ${behindProxy}`
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN')
    return `This machine has no address ${host}. Leave --host out for 127.0.0.1, or take 0.0.0.0 for all.`
  return `Cannot listen at ${host}:${port}: ${error.message}.`
}
