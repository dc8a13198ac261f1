import { randomBytes } from 'node:crypto'
import type { Settings } from '../../src/domain/settings.ts'
import { OAuthError } from '../../src/errors.ts'
import { noStoreJson } from '../../src/http/answer.ts'
import { readForm } from '../../src/http/form.ts'
import { createHandler, type Handle } from '../../src/http/handle.ts'
import { readJsonBody } from '../../src/http/json.ts'
import type { HttpRequest } from '../../src/http/request.ts'
import type { Route } from '../../src/http/router.ts'
import type { World } from '../../src/world.ts'

/** A few routes that tell what they were given, so that each way in can be held against the others. */
const routes: readonly Route<unknown>[] = [
  {
    method: 'POST',
    path: '/form',
    endpoint: async (request) => tell(request, readForm(request).required('a')),
    definedIn: 'here',
    cors: 'clients',
  },
  {
    method: 'POST',
    path: '/json',
    endpoint: async (request) => tell(request, readJsonBody(request).text('a')),
    definedIn: 'here',
    cors: 'session',
  },
  { method: 'GET', path: '/tell/{id}', endpoint: async (request) => tell(request, request.params.id!), definedIn: 'here' },
  { method: 'POST', path: '/refuse', endpoint: async () => refuse(), definedIn: 'here' },
  { method: 'POST', path: '/break', endpoint: async () => fail(), definedIn: 'here' },
  {
    method: 'GET',
    path: '/held',
    endpoint: (request) =>
      new Promise((resolve) => request.closed().addEventListener('abort', () => resolve({ status: 200, headers: {} }))),
    definedIn: 'here',
  },
]

function tell(request: HttpRequest, value: string) {
  const { method, path, query, peer } = request
  return { ...noStoreJson(200, { method, path, query, value, peer: peer.address }), cookies: ['one=1; Path=/', 'two=2; Path=/'] }
}

function refuse(): never {
  throw new OAuthError('invalid_grant', 'ended', { description: 'Not any more.' })
}

function fail(): never {
  throw new Error('canary: the inner story')
}

export interface Toy {
  readonly handle: Handle
  readonly lines: Record<string, unknown>[]
  /** Runs what a timer was set for. */
  readonly timers: (() => void)[]
  /** Calls back with each line, as it is written. */
  onLine: (line: Record<string, unknown>) => void
}

/** The toy, with its log in memory and timers that the test fires. */
export function toy(settings: Partial<Settings> = {}): Toy {
  const lines: Record<string, unknown>[] = []
  const timers: (() => void)[] = []
  const made: { handle?: Handle } & Omit<Toy, 'handle'> = { lines, timers, onLine: () => undefined }
  const write = (facts: object) => {
    lines.push(facts as Record<string, unknown>)
    made.onLine(facts as Record<string, unknown>)
  }
  const world: World = {
    wall: () => 0,
    monotonic: () => 0,
    after(_milliseconds, run) {
      timers.push(run)
      return () => void timers.splice(timers.indexOf(run), 1)
    },
    turn: (run) => setImmediate(run),
    random: (bytes) => randomBytes(bytes),
  }
  made.handle = createHandler(routes, async () => ({}), {
    settings: {
      issuer: 'http://issuer.test',
      loopback: false,
      origin: 'http://issuer.test',
      basePath: '',
      origins: ['http://app.test'],
      proxies: { networks: [], header: 'x-forwarded-for' },
      ...settings,
    },
    world,
    log: { info: write, warn: write, error: write },
    isClientOrigin: async (origin) => origin === 'http://spa.test',
  })
  return made as Toy
}
