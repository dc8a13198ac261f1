import type http from 'node:http'
import { type Call, call, makeAgent } from './http-call.ts'
import { isLoopback, type ServiceKey } from './settings.ts'
import { withSpareRequests } from './spare-requests.ts'
import { type Transport, type TransportAnswer, TransportError } from './transport.ts'
import { readJson } from './wire/index.ts'

type Endpoints = Record<'follow' | 'release' | 'introspect' | 'keys', URL>

const names = {
  follow: 'ledger_follow_endpoint',
  release: 'ledger_release_endpoint',
  introspect: 'introspection_endpoint',
  keys: 'jwks_uri',
} as const

const discoveryPatience = 5_000
const smallBody = 262_144
const followBody = 4_194_304
/** One that is waited for, four spares, and as many that these have overtaken; with one more it would wait for a connection. */
const followSockets = 12

/**
 * The way to the issuer over HTTP, with connections that are kept. Follow has connections of its own, so that nothing waits behind a held
 * request; after a failure they are all made anew (V8).
 */
export function makeHttpTransport(issuer: string, key: ServiceKey): Transport {
  const protocol = new URL(issuer).protocol
  const agents: { follow: http.Agent; others: http.Agent } = { follow: makeAgent(protocol, followSockets), others: makeAgent(protocol, 64) }
  const authorization = `Basic ${Buffer.from(`${key.id}:${key.secret}`).toString('base64')}` // RFC 7617 §2
  let discovered: Promise<Endpoints> | undefined

  const endpoints = (): Promise<Endpoints> => {
    discovered ??= discover(issuer, agents.others).catch((error: unknown) => {
      discovered = undefined
      throw error
    })
    return discovered
  }

  const ask = async (to: keyof Endpoints, options: Omit<Call, 'agent'>): Promise<TransportAnswer> => {
    try {
      const agent = to === 'follow' ? agents.follow : agents.others
      const answer = await call((await endpoints())[to], { ...options, agent })
      if (answer.status === 404) discovered = undefined // it may have moved
      return answer
    } catch (error) {
      throw error instanceof TransportError ? error : unreachable(issuer, error)
    }
  }

  const renew = (): void => {
    agents.follow.destroy() // V8: a new connection, in case what keeps the old one open no longer passes anything on
    agents.follow = makeAgent(protocol, followSockets)
  }

  const json = { Authorization: authorization, 'Content-Type': 'application/json' }
  return {
    follow: withSpareRequests((request, signal) => {
      const body = JSON.stringify(request)
      return ask('follow', { method: 'POST', headers: json, body, signal, limit: followBody, read: readTrusted, background: true })
    }, renew),
    async release(request) {
      const signal = AbortSignal.timeout(discoveryPatience)
      await ask('release', { method: 'POST', headers: json, body: JSON.stringify(request), signal, limit: smallBody, read: readSmall })
      agents.follow.destroy()
      agents.others.destroy()
    },
    introspect: (token, signal) =>
      ask('introspect', {
        method: 'POST', // RFC 7662 §2.1
        headers: { Authorization: authorization, 'Content-Type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ token, token_type_hint: 'access_token' }).toString(),
        ...{ signal, limit: smallBody, read: readSmall, repeatable: true },
      }),
    keys: (signal) => ask('keys', { method: 'GET', headers: {}, signal, limit: smallBody, read: readSmall, repeatable: true }),
  }
}

/** Reads the issuer's metadata. OpenID Connect Discovery §4; the issuer must be the very same text (§4.3, RFC 8414 §3.3). */
async function discover(issuer: string, agent: http.Agent): Promise<Endpoints> {
  const url = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  const signal = AbortSignal.timeout(discoveryPatience)
  let answer: TransportAnswer
  try {
    answer = await call(url, { method: 'GET', headers: {}, agent, signal, limit: smallBody, read: readSmall, repeatable: true })
  } catch (error) {
    throw unreachable(issuer, error)
  }
  if (answer.status !== 200)
    throw new TransportError(`the issuer at ${issuer} answered ${answer.status} to ${url.pathname}`, answer.status === 404)
  const metadata = (answer.body ?? {}) as Record<string, unknown>
  if (metadata.issuer !== issuer) {
    const calls = typeof metadata.issuer === 'string' ? JSON.stringify(metadata.issuer.slice(0, 200)) : 'nothing'
    throw new TransportError(`the issuer at ${issuer} calls itself ${calls}. Use exactly what it calls itself`, true)
  }
  const read = (name: string): URL => {
    const value = metadata[name]
    const endpoint = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
    if (endpoint === undefined)
      throw new TransportError(`the issuer at ${issuer} has no ${name} in its metadata. Is it a Curfew server?`, true)
    // The key goes there: never without TLS, but on this machine.
    const isSafe =
      endpoint.protocol === 'https:' || (endpoint.protocol === 'http:' && isLoopback(endpoint.hostname) && url.protocol === 'http:')
    if (!isSafe) throw new TransportError(`the issuer at ${issuer} has a ${name} that is not https`, true)
    return endpoint
  }
  return { follow: read(names.follow), release: read(names.release), introspect: read(names.introspect), keys: read(names.keys) }
}

function unreachable(issuer: string, error: unknown): TransportError {
  const { code, message } = error instanceof Error ? (error as NodeJS.ErrnoException) : { code: undefined, message: String(error) }
  return new TransportError(`no answer from the issuer at ${issuer} (${code ?? message})${code === 'ECONNREFUSED' ? '. Does it run?' : ''}`)
}

/** Strict, for what decides about keys and tokens. */
function readSmall(bytes: Buffer): unknown {
  const read = readJson(bytes, { members: 20_000 })
  return 'value' in read ? read.value : undefined
}

/** Snapshots can be large, and each member is read by name and form afterwards. */
function readTrusted(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}
