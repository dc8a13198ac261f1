import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CurfewOptions } from 'curfew'
import { form, httpClient, json } from '../../packages/server/prove/http-client.ts'
import type { Device } from '../../packages/server/prove/judge.ts'
import { claims, type Issuer, type Person, signIn } from '../../packages/server/prove/population.ts'
import { freePort } from '../../packages/server/prove/processes.ts'
import { load, type Turn } from '../load.ts'
import { type ServerProcess, startServer } from '../server-process.ts'
import { ratioRow, row } from '../spread.ts'
import type { Plan, Row, Topic } from '../topic.ts'

const client = 'first-party'
const ours = 'curfew'
const floor = 'bare node:http'
const syncedFloor = 'bare node:http, a commit each'

/** A server and whoever calls it. */
interface Side {
  readonly server: ServerProcess
  readonly callers: readonly (() => Promise<void>)[]
}

/** `npm run bench -- refresh`: refresh tokens are exchanged, each for its successor and an ES256 access token. */
export const refresh: Topic = {
  title: 'POST /token, refresh_token, SQLite with a sync before each answer; µs of CPU of the server process a request',
  async measure(plan) {
    const most = 16
    const http = httpClient(most)
    const tmp = fileURLToPath(new URL('../../.tmp/', import.meta.url)) // not the system's: that one may be memory, where a sync costs nothing
    mkdirSync(tmp, { recursive: true })
    const folder = mkdtempSync(`${tmp}bench-`)
    const running: ServerProcess[] = []
    try {
      const issuer = await startIssuer(`${folder}/curfew.db`, most, http)
      running.push(issuer.server)
      const bare = await startFloor({ claims: claims(issuer.sample.accessToken) }, issuer.sample.refreshToken, most, http)
      running.push(bare.server)
      const setup = { claims: claims(issuer.sample.accessToken), database: `${folder}/floor.db` }
      const synced = await startFloor(setup, issuer.sample.refreshToken, most, http)
      running.push(synced.server)
      const rows: Row[] = []
      for (const inFlight of [1, most])
        rows.push(...(await compare(plan, inFlight, { [ours]: issuer, [floor]: bare, [syncedFloor]: synced })))
      return rows
    } finally {
      http.close()
      await Promise.all(running.map((server) => server.stop()))
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function compare({ short, rounds, say }: Plan, inFlight: number, sides: Readonly<Record<string, Side>>): Promise<Row[]> {
  const topic = `refresh, ${inFlight} in flight`
  say(topic)
  const names = Object.keys(sides)
  const turns = new Map<string, Turn[]>(names.map((name) => [name, []]))
  for (let round = 0; round <= (rounds ?? (short ? 2 : 11)); round++) {
    for (let place = 0; place < names.length; place++) {
      const name = names[(round + place) % names.length]!
      const { server, callers } = sides[name]!
      const turn = await load(server, callers.slice(0, inFlight), short ? 150 : 1000)
      if (round > 0) turns.get(name)!.push(turn) // the first one warms up
    }
  }
  const figures = (name: string, of: keyof Turn): number[] => (turns.get(name) ?? []).map((turn) => turn[of])
  const cost = new Map(names.map((name) => [name, figures(name, 'cpu')]))
  return [
    ...names.map((name) => row(topic, name, 'µs', figures(name, 'cpu'))),
    ratioRow(topic, cost, ours, floor),
    ratioRow(topic, cost, ours, syncedFloor),
    ...names.flatMap((name) => [
      row(topic, `${name}, requests`, '/s', figures(name, 'perSecond')),
      row(topic, `${name}, answered in, p50`, 'ms', figures(name, 'p50')),
      row(topic, `${name}, answered in, p99`, 'ms', figures(name, 'p99')),
    ]),
  ]
}

type Http = ReturnType<typeof httpClient>

/** The product over `node:http`, on a file on the disk, and so many devices that are signed in. */
async function startIssuer(database: string, devices: number, http: Http): Promise<Side & { sample: Device }> {
  const port = await freePort()
  const options: CurfewOptions = {
    issuer: `http://localhost:${port}`,
    audience: 'https://api.example',
    database,
    session: { client },
    clients: [{ id: client, grants: ['refresh_token'], scopes: ['openid', 'profile'], consent: 'skip', maxSessions: devices }],
    accounts: { signUp: true },
    secret: randomBytes(32).toString('base64url'),
    control: false,
  }
  const server = await startServer(new URL('../../packages/server/prove/issuer.ts', import.meta.url), { port, options })
  const at: Issuer = { url: `http://127.0.0.1:${port}`, http }
  const person: Person = { name: 'ada', password: 'the password of ada, and long', sub: '', devices: [], busy: false, gone: false }
  await http.call(`${at.url}/sign-up`, { method: 'POST', ...json({ identifier: person.name, password: person.password, mode: 'token' }) })
  for (let index = 0; index < devices; index++) await signIn(person, at, `device ${index}`)
  const callers = person.devices.map(({ refreshToken }) => exchange(`${at.url}/token`, refreshToken, http))
  return { server, callers, sample: person.devices[0]! }
}

async function startFloor(setup: object, refreshToken: string, callers: number, http: Http): Promise<Side> {
  const port = await freePort()
  const server = await startServer(new URL('floor.ts', import.meta.url), { ...setup, port })
  return { server, callers: Array.from({ length: callers }, () => exchange(`http://127.0.0.1:${port}/token`, refreshToken, http)) }
}

/** Exchanges a refresh token, and the next time the one that it got. */
function exchange(url: string, first: string, http: Http): () => Promise<void> {
  let refreshToken = first
  return async () => {
    const fields = form({ grant_type: 'refresh_token', refresh_token: refreshToken, client_id: client })
    const { status, text } = await http.call(url, { method: 'POST', ...fields })
    if (status !== 200) throw new Error(`${url}: ${status} ${text}`)
    refreshToken = (JSON.parse(text) as { refresh_token: string }).refresh_token
  }
}
