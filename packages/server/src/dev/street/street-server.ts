import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { contentSecurityPolicy } from '../../http/content-security-policy.ts'
import type { World } from '../../world.ts'
import type { Fleet } from './fleet.ts'
import { beginSignIn, finishSignIn } from './sign-in-through-issuer.ts'
import { sendEvents } from './street-events.ts'
import { answer, isForUs, isFromElsewhere, isOwnForm, readForm, readVisitCookie, seeOther, visitCookie } from './street-request.ts'
import type { DeviceId } from './street-state.ts'
import { streetRegions, streetView } from './street-view.ts'
import type { Visit } from './visit.ts'
import { makeVisits } from './visits.ts'

/** What the street's web server needs. `demo` signs further devices in; it is never shown. */
export type StreetServerSettings = {
  fleet: Fleet
  host: string
  demo: { identifier: string; password: string }
  world: Pick<World, 'monotonic' | 'after' | 'random'>
}

/** Makes the fleet's web server: an ordinary OAuth client, with a cookie of its own. Whoever makes it listens on 127.0.0.1 only. */
export function makeStreetServer({ fleet, host, demo, world }: StreetServerSettings): Server {
  const origin = `http://${host}`
  const visits = makeVisits(fleet, host, world)
  const open = new Set<() => void>()

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isForUs(request, host)) return answer(response, 421, 'text/plain', `This is http://${host}/, and nothing else.\n`)
    if (isFromElsewhere(request)) return answer(response, 403, 'text/plain', 'A page of another site may link here, and no more.\n')
    const url = new URL(request.url ?? '/', origin)
    const known = visits.find(readVisitCookie(request))
    if (request.method === 'GET') return get(url, known, request, response)
    if (request.method !== 'POST') return answer(response, 405, 'text/plain', 'GET and POST only.\n', { allow: 'GET, POST' })
    if (!isOwnForm(request, origin))
      return answer(response, 403, 'text/plain', 'This form does not come from the page. Open the page, and try again.\n')
    if (!known)
      return request.headers.accept === 'application/json' ? answer(response, 401, 'application/json', '{}') : seeOther(response, '/')
    return post(url, known, request, response)
  }

  async function get(
    { pathname, searchParams }: URL,
    known: Visit | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (pathname === '/') return document(known, response)
    if (pathname === '/state' && known) {
      const end = sendEvents(response, fleet, known, world)
      open.add(end)
      return void request.on('close', () => open.delete(end))
    }
    if (pathname === '/callback') {
      if (!known) return seeOther(response, '/')
      const isIn = await finishSignIn(fleet, known, searchParams)
      return seeOther(response, '/', isIn ? { 'set-cookie': visitCookie(visits.rename(known)) } : {})
    }
    if (pathname === '/receipt' && known?.receipt() !== undefined) return answer(response, 200, 'text/plain', known.receipt() ?? '')
    return answer(response, 404, 'text/plain', 'There is nothing here. The street is at /.\n')
  }

  async function document(known: Visit | undefined, response: ServerResponse): Promise<void> {
    const { visit, cookie } = known ? { visit: known, cookie: undefined } : visits.open()
    await Promise.all([fleet.look(), visit.round()]) // so that a page without a script is true, too
    const nonce = Buffer.from(world.random(16)).toString('base64url')
    const policy = contentSecurityPolicy({ nonce, connect: ["'self'"], formTargets: [new URL(fleet.issuer.settings.issuer).origin] })
    answer(response, 200, 'text/html', streetView(visit.state(), { nonce }), {
      'content-security-policy': policy,
      'x-frame-options': 'DENY',
      ...(cookie && { 'set-cookie': visitCookie(cookie) }),
    })
  }

  async function post({ pathname }: URL, visit: Visit, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = await readForm(request)
    if (!form) return answer(response, 413, 'text/plain', 'That is more than this page sends.\n')
    const done = () =>
      request.headers.accept === 'application/json'
        ? answer(response, 200, 'application/json', JSON.stringify(streetRegions(visit.state())))
        : seeOther(response, '/')

    if (pathname === '/sign-in') {
      const away = await beginSignIn(fleet, visit, world)
      if (away !== undefined) return seeOther(response, away)
      visit.notSignedIn('The issuer does not answer. Start it again with npm start.')
      return done()
    }
    if (pathname === '/devices')
      return (await openDevice(visit, form.get('device')))
        ? done()
        : answer(response, 400, 'text/plain', 'There is no such device to open.\n')
    const [, device] = /^\/devices\/(laptop|phone|tablet)\/sign-out$/.exec(pathname) ?? []
    if (device === undefined && pathname !== '/sign-out')
      return answer(response, 404, 'text/plain', 'There is nothing here. The street is at /.\n')
    await visit.signOut((device as DeviceId | undefined) ?? 'everywhere') // twice does no harm
    return done()
  }

  async function openDevice(visit: Visit, device: string | null): Promise<boolean> {
    if (!visit.isKnown() || (device !== 'phone' && device !== 'tablet')) return false
    const tokens = await fleet.issuer.signIn(demo.identifier, demo.password, device === 'phone' ? 'Phone' : 'Tablet')
    if ('failed' in tokens) visit.notSignedIn(tokens.failed)
    else await visit.signedIn(device, tokens)
    return true
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => {
      if (response.headersSent) response.destroy()
      else answer(response, 500, 'text/plain', 'Something went wrong in the street. Look at the terminal.\n')
    })
  })
  // Open pages would keep it alive for ever.
  const close = server.close.bind(server)
  server.close = (done) => {
    for (const end of open) end()
    close(done)
    server.closeIdleConnections()
    return server
  }
  return server
}
