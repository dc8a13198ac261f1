import { callerAddress } from '@curfew/verifier/wire'
import type { Settings } from '../domain/settings.ts'
import { OAuthError } from '../errors.ts'
import type { World } from '../world.ts'
import type { HttpAnswer } from './answer.ts'
import { BODY_PATIENCE, isJson, tooSlow } from './body.ts'
import { corsHeaders, type KnownOrigins, preflightHeaders } from './cors.ts'
import { portWatch } from './port-watch.ts'
import type { Body, HttpRequest } from './request.ts'
import { type EdgeLog, errorAnswer, logServed } from './respond.ts'
import { createRouter, type Found, type Route } from './router.ts'

/** A request as an edge has it, before anybody knows whether it is ours: the body is still unread. */
export interface Incoming {
  readonly method: string
  /** Percent-encoded, without the query, from the origin's root. */
  readonly path: string
  readonly query: string
  readonly headers: HttpRequest['headers']
  readonly peer: HttpRequest['peer']
  closed(): AbortSignal
  /** Bounded (MAX_BODY); called at most once. At once where nothing has to be read. */
  readBody(): Body | Promise<Body>
}

/** Answers what is ours; undefined: the path is somebody else's. Never throws, whatever an endpoint does. */
export type Handle = (incoming: Incoming) => Promise<HttpAnswer | undefined>

/** What the edge itself needs. */
export interface Edge extends Pick<KnownOrigins, 'isClientOrigin'> {
  readonly settings: Pick<Settings, 'issuer' | 'origin' | 'basePath' | 'origins' | 'proxies' | 'loopback'>
  /** Refuses with 429 who asks too often for what nobody has to be signed in for (RL-1). */
  readonly admit?: (address: string | undefined) => void
  readonly world: World
  readonly log: EdgeLog
}

/**
 * Makes the one function that every way in calls: finds the route, reads the body, catches what is thrown, writes the log line. `ready`
 * gives the services once they are open; what comes earlier waits for them.
 */
export function createHandler<S>(routes: readonly Route<S>[], ready: () => Promise<S>, edge: Edge): Handle {
  const { settings, world, log, isClientOrigin } = edge
  const find = createRouter(routes, settings)
  const known = { origins: settings.origins, isClientOrigin }
  const nextId = requestIds(world)
  const lookAtPort = portWatch(settings, log)
  let isTold = false

  return async (incoming) => {
    const found = find(incoming.path)
    if (!found) return undefined
    lookAtPort(incoming.headers.host)
    const began = world.monotonic()
    const id = nextId()
    let problem: unknown
    let answer: HttpAnswer
    let cors: Record<string, string> = {}
    try {
      cors = await corsHeaders(incoming, found.cors, known)
      answer = preflight(incoming, found, cors) ?? (await serve(incoming, found, id))
    } catch (error) {
      problem = error ?? new Error('nothing was thrown')
      const page = isJson(incoming) ? undefined : found.methods.get(incoming.method)?.problem // who sends JSON reads JSON
      answer = page ? page(problem, id, { settings, world }) : errorAnswer(error, id)
    }
    const ms = Math.round((world.monotonic() - began) * 10) / 10
    // A method that we do not know came from outside: it is not written into the log (LO-3).
    const method = found.methods.has(incoming.method) || incoming.method === 'OPTIONS' ? incoming.method : 'OTHER'
    if (problem !== undefined || !found.methods.get(incoming.method)?.quiet)
      logServed(log, { method, route: found.pattern, id, ms }, answer.status, problem)
    return { ...answer, headers: { 'x-content-type-options': 'nosniff', ...answer.headers, ...cors } }
  }

  async function serve(incoming: Incoming, found: Found<S>, id: string): Promise<HttpAnswer> {
    const route = found.methods.get(incoming.method)
    if (!route) {
      const description = `This path takes ${found.allow}.`
      throw new OAuthError('method_not_allowed', 'method', { description, headers: { allow: found.allow } })
    }
    if (route.probe) return await route.probe(ready, world)
    const { method, query, headers } = incoming
    const peer = { address: addressOf(incoming) }
    if (route.limited) edge.admit?.(peer.address)
    const reading = incoming.readBody()
    const body = reading instanceof Promise ? await inTime(reading) : reading
    const path = incoming.path.slice(incoming.path.startsWith(settings.basePath) ? settings.basePath.length : 0)
    // Nothing here goes by Host or X-Forwarded-Host: issuer and links are the configured ones (MD-5).
    return await route.endpoint(
      { method, path, query, headers, peer, body, params: found.params, id, closed: () => incoming.closed() },
      await ready(),
    )
  }

  /** LG-6. Express, Fastify and the like may have looked behind proxies of theirs already: what is left is an address that is none of ours. */
  function addressOf({ peer, headers }: Incoming): string | undefined {
    if (!isTold && settings.proxies.networks.length === 0 && headers['x-forwarded-for'] !== undefined && isHere(peer.address)) {
      isTold = true
      log.warn?.(
        { event: 'proxy.unnamed' },
        "requests come through a proxy that is not named: every caller has its address. Set proxies: ['127.0.0.1']",
      )
    }
    return callerAddress(peer.address, headers, settings.proxies)
  }

  /** A body that trickles in must not hold a connection: whatever has not come by then is not waited for. */
  async function inTime(reading: Promise<Body>): Promise<Body> {
    let callOff = (): void => {}
    const late = new Promise<never>((_resolve, reject) => {
      callOff = world.after(BODY_PATIENCE, () => reject(tooSlow()))
    })
    try {
      return await Promise.race([reading, late])
    } finally {
      callOff()
    }
  }
}

function isHere(address: string | undefined): boolean {
  return address === '::1' || /^127\./.test(address ?? '')
}

/** OPTIONS is answered to browsers that ask before they call (Fetch, CORS preflight); else it is a method like others, and not taken. */
function preflight<S>(incoming: Incoming, found: Found<S>, cors: Record<string, string>): HttpAnswer | undefined {
  const headers = preflightHeaders(incoming, found.allow)
  if (!headers || found.cors === undefined) return undefined
  // An origin that nobody knows gets no permission, and no reason.
  return { status: 204, headers: cors['access-control-allow-origin'] === undefined ? {} : headers }
}

/** Ids for the log and for people who ask: 12 characters. Chance is asked for many at once, which costs as much as one. */
function requestIds(world: Pick<World, 'random'>): () => string {
  const length = 9
  let bytes = Buffer.alloc(0)
  let at = 0
  return () => {
    if (at === bytes.length) {
      bytes = Buffer.from(world.random(length * 64))
      at = 0
    }
    at += length
    return bytes.toString('base64url', at - length, at)
  }
}
