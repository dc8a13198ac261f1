import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { type Curfew, createCurfew } from '../../src/index.ts'
import { type Certificate, makeCertificate } from './certificate.ts'

export const password = 'correct horse battery staple'

/** A request that reached the issuer, as far as a test asks. */
export interface Arrived {
  readonly method: string
  readonly path: string
  readonly status: number
  /** With the cookie of a session. */
  readonly withSession: boolean
  readonly cookies: string
}

/**
 * The issuer and its neighbours over https, so that cookies have their `__Host-` names: `id.site.localhost`; `evil.site.localhost`, of the same
 * site; `app.site.localhost`, of the same site and on the list `origins`; `evil.localhost`, another site.
 */
export interface Sites {
  readonly curfew: Curfew
  readonly certificate: Certificate
  readonly issuer: string
  readonly sibling: string
  readonly allowed: string
  readonly stranger: string
  /** Mails that were sent. */
  readonly mails: readonly { readonly to: string; readonly text: string }[]
  /** The next mail to this address, from now on. */
  mailed(to: string): Promise<string>
  /** What reached the issuer since the last call. */
  arrived(): Arrived[]
  /** Resolves when so many such requests were answered. */
  answered(method: string, path: string, times: number): Promise<Arrived[]>
}

const hosts = { issuer: 'id.site.localhost', sibling: 'evil.site.localhost', allowed: 'app.site.localhost', stranger: 'evil.localhost' }

/** Opens all of them at one port. */
export async function openSites(t: TestContext): Promise<Sites | undefined> {
  const certificate = await makeCertificate(t, Object.values(hosts))
  if (!certificate) return undefined
  let log: Arrived[] = []
  const waiting = new Set<(one: Arrived) => void>()
  const mails: { to: string; text: string }[] = []
  const readers = new Set<(to: string, text: string) => void>()
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    if (request.headers.host?.split(':')[0] !== hosts.issuer) return neighbour(request, response)
    response.on('finish', () => {
      const { method = '', url = '', headers } = request
      const cookies = headers.cookie ?? ''
      const path = url.split('?', 1)[0] ?? ''
      const one = { method, path, status: response.statusCode, withSession: /__Host-curfew=/.test(cookies), cookies }
      log.push(one)
      for (const look of [...waiting]) look(one)
    })
    void curfew.node(request, response)
  }).listen(0)
  await once(server, 'listening')
  const at = (host: string): string => `https://${host}:${(server.address() as AddressInfo).port}`
  const issuer = at(hosts.issuer)
  const quiet = { debug() {}, info() {}, warn() {}, error() {} }
  const curfew = createCurfew({
    ...{ issuer, audience: 'https://api.test', database: ':memory:', control: false, logger: quiet },
    accounts: { signUp: true, mailLink: true },
    mail: {
      from: 'login@site.test',
      async transport(message: object) {
        const { to, text } = message as { to: string; text: string }
        mails.push({ to, text })
        for (const look of [...readers]) look(to, text)
      },
    },
    ...{ secret: 'test master secret, which is long enough', origins: [at(hosts.allowed)] },
    clients: [
      {
        id: 'site',
        redirectUris: [`${at(hosts.allowed)}/back`],
        postLogoutRedirectUris: [`${at(hosts.allowed)}/bye`],
        scopes: ['openid'],
        consent: 'skip',
      },
    ],
  })
  await curfew.ready()
  t.after(async () => {
    server.close()
    server.closeAllConnections()
    await curfew.close()
  })
  return {
    ...{ curfew, certificate, issuer, sibling: at(hosts.sibling), allowed: at(hosts.allowed), stranger: at(hosts.stranger) },
    mails,
    mailed: (wanted) =>
      new Promise((resolve) => {
        const look = (to: string, text: string): void => {
          if (!to.includes(wanted)) return
          readers.delete(look)
          resolve(text)
        }
        readers.add(look)
      }),
    arrived() {
      const since = log
      log = []
      return since
    },
    answered: (method, path, times) =>
      new Promise((resolve) => {
        const found: Arrived[] = []
        const look = (one: Arrived): void => {
          if (one.method === method && one.path === path) found.push(one)
          if (found.length < times) return
          waiting.delete(look)
          resolve(found)
        }
        if (times === 0) resolve(found)
        else waiting.add(look)
      }),
  }
}

type Response = { setHeader(name: string, value: string | string[]): unknown; end(text: string): unknown }

/** A page of somebody else's: nothing on it, and cookies as its address says. */
function neighbour(request: IncomingMessage, response: Response): void {
  const cookies = new URL(request.url ?? '/', 'https://x').searchParams.getAll('cookie')
  if (cookies.length > 0) response.setHeader('set-cookie', cookies)
  response.setHeader('content-type', 'text/html')
  response.end('<!doctype html><title>Neighbour</title><body>A page of a neighbour.</body>')
}
