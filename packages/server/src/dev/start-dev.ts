import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { askServer } from '../control/ask-server.ts'
import { controlPath } from '../control/control-path.ts'
import { createCurfew } from '../create-curfew.ts'
import { CurfewError } from '../errors.ts'
import { realWorld } from '../real-world.ts'
import { findServices } from './find-services.ts'
import { freePort, hangUp, listen } from './listen.ts'
import { type RunningServices, startServices } from './start-services.ts'
import { makeCaller } from './street/call.ts'
import { type FleetService, makeFleet } from './street/fleet.ts'
import { makeIssuerClient } from './street/issuer-client.ts'
import { makeStreetServer } from './street/street-server.ts'

/** What `curfew dev` is told on the command line. */
export type DevOptions = { services?: string; port?: number }

/** What runs: the issuer, its services, the street. */
export type Dev = {
  issuer: string
  street: string
  demo: { identifier: string; password: string }
  database: string
  services: readonly FleetService[]
  pidOf: RunningServices['pidOf']
  stop(): Promise<void>
}

const demo = { identifier: 'ada', password: 'lights-out-at-nine' }
const usualPort = 4100

/** Starts all of it on a new database; `port` 0 takes free ones. When something does not start, nothing is left running. */
export async function startDev({ services: folder, port: wanted = usualPort }: DevOptions, say: (line: string) => void): Promise<Dev> {
  if (folder === undefined)
    throw new CurfewError('Which services? Name the folder that they are in: curfew dev --services examples/microservices')
  const files = findServices(folder)
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one()
  }
  try {
    const world = realWorld()
    const home = mkdtempSync(join(tmpdir(), 'curfew-dev-'))
    stops.push(async () => rmSync(home, { recursive: true, force: true, maxRetries: 3 }))
    const database = join(home, 'curfew.db')
    const port = wanted === 0 ? await freePort(0) : wanted
    const streetPort = await freePort(wanted === 0 ? 0 : port + 1)
    const issuer = `http://localhost:${port}` // another host than the street's: cookies know no ports
    const host = `127.0.0.1:${streetPort}`
    const audience = 'https://fleet.example'
    const keys = new Map(files.map(({ name }) => [name, `cfk_${name}_${Buffer.from(world.random(32)).toString('base64url')}`]))
    const keyOf = (name: string) => keys.get(name) ?? ''
    const scopes = ['openid', 'profile', ...files.map(({ name }) => `${name}:read`)]
    const redirectUri = `http://${host}/callback`

    const curfew = createCurfew({
      ...{ issuer, audience, database },
      secret: Buffer.from(world.random(32)).toString('base64url'),
      session: { client: 'fleet' },
      mail: 'folder',
      clients: [{ id: 'fleet', name: 'the fleet', redirectUris: [redirectUri], scopes, consent: 'skip' }],
      services: files.map(({ name }) => ({ id: name, public: true, key: keyOf(name) })),
      serve: { street: true, health: true },
    })
    stops.push(() => curfew.close())
    await curfew.ready()
    for (const address of ['127.0.0.1', '::1']) {
      const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => curfew.node(request, response))
      stops.push(() => hangUp(server))
      await listen(server, port, address) // `localhost` is both
    }

    const ports = new Map<string, number>()
    for (const [index, { name }] of files.entries()) ports.set(name, await freePort(wanted === 0 ? 0 : port + 2 + index))
    const [running] = await Promise.all([
      startServices({ files, issuer, audience, keyOf, portOf: (name) => ports.get(name) ?? 0, say, world }),
      addDemoUser(database),
    ])
    stops.push(running.stop)

    const caller = makeCaller()
    const client = makeIssuerClient({ issuer, clientId: 'fleet', redirectUri, scope: scopes.join(' ') }, caller, world)
    const fleet = makeFleet(running.services, client, caller, world)
    const server = makeStreetServer({ fleet, host, demo, world })
    stops.push(async () => {
      await hangUp(server)
      caller.close()
    })
    await listen(server, streetPort)
    return { issuer, street: `http://${host}`, demo, database, services: running.services, pidOf: running.pidOf, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** As `curfew users add` does it: through the control socket. */
async function addDemoUser(database: string): Promise<void> {
  const path = controlPath(database)
  if (path !== undefined) await askServer(path, 'users.add', { ...demo, name: 'Ada Lovelace', mail: 'ada@example.com' })
}
