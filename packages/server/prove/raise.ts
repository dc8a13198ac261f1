import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../test/store/postgres/server.ts'
import { balance } from './balance.ts'
import { audience, castOptions, firstParty } from './cast-options.ts'
import { commandsOfFile, commandsOfPostgres } from './command.ts'
import type { Stage } from './endings.ts'
import { httpClient } from './http-client.ts'
import { operatorToken } from './population.ts'
import { freePort, type Running, start } from './processes.ts'
import { proxied } from './sabotage/proxies.ts'

/** Who plays: an issuer and services, each a process of its own. */
export interface Cast {
  readonly stage: Stage
  readonly services: readonly Performer[]
  /** The issuer's process of now. */
  issuer(): Running
  /** Starts the issuer again on the same file and port. */
  startIssuer(): Promise<Running>
  /** Stops all that still runs, and removes the folder. */
  end(): Promise<void>
}

/** A service: where it answers, and its process. */
export interface Performer {
  readonly name: string
  readonly url: string
  readonly process: Running
}

export interface Setting {
  readonly services: number
  readonly devices: number
  /** Milliseconds. */
  readonly lease: number
  readonly sabotage?: string | undefined
  readonly store?: 'sqlite' | 'postgres'
  /** Processes of the issuer; more than one needs PostgreSQL. */
  readonly nodes?: number
  /** Seconds that a token which was presented before gets the same successor (contract §3). 0: a proof need not wait for a replay to be one. */
  readonly grace?: number
}

/** Starts the issuer on a new file, and the services, and waits until each has its first lease. */
export async function raise(setting: Setting): Promise<Cast> {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-prove-'))
  const port = await freePort()
  const url = `http://localhost:${port}`
  const secret = randomBytes(32).toString('base64url')
  const postgres = setting.store === 'postgres' ? await startPostgres() : undefined
  const database = postgres?.url ?? join(folder, 'curfew.db')
  const {
    options,
    operator,
    services: registered,
  } = castOptions({
    ...{ url, secret, database, lease: setting.lease, services: setting.services },
    ...{ maxSessions: setting.devices, grace: setting.grace ?? 0, accessLifetime: 900 },
  })
  const http = httpClient(128)
  const front = await proxied(setting.sabotage, { port, issuer: url })
  const ports = postgres ? await Promise.all(Array.from({ length: setting.nodes ?? 1 }, () => freePort())) : [front.behind]
  const balancer = postgres ? await balance(front.behind, ports) : undefined
  const startIssuer = (): Promise<Running> => start('issuer.ts', { port: ports[0], options })
  let issuer = await startIssuer()
  const others = await Promise.all(ports.slice(1).map((at) => start('issuer.ts', { port: at, options })))
  const commands = postgres ? await commandsOfPostgres(database, secret) : commandsOfFile(database)
  const services: Performer[] = []
  for (const { id, key } of registered) {
    const at = await freePort()
    // One broken service among good ones is enough.
    const sabotage = services.length === 0 && !front.isOurs ? setting.sabotage : undefined
    services.push({
      name: id,
      url: `http://127.0.0.1:${at}/`,
      process: await start('service.ts', { port: at, issuer: url, audience, key, sabotage }),
    })
  }
  let token: Promise<string> | undefined
  const stage: Stage = {
    url: `http://127.0.0.1:${port}`,
    issuer: url,
    http,
    command: commands.ask,
    firstParty,
    devicesEach: setting.devices,
    operator: () => {
      token ??= operatorToken(operator, { url, http })
      return token
    },
  }
  return {
    stage,
    services,
    issuer: () => issuer,
    async startIssuer() {
      issuer = await startIssuer()
      return issuer
    },
    async end() {
      http.close()
      front.close()
      await commands.close()
      await Promise.all([issuer, ...others, ...services.map(({ process }) => process)].map((one) => one.stop()))
      balancer?.close()
      await postgres?.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
