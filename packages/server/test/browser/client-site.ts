import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { openIssuer } from '../endpoints/clients.ts'
import type { Running } from '../endpoints/running.ts'

/** An application on a site of its own (`localhost`; the issuer is at `127.0.0.1`), and its issuer. */
export interface ClientSite {
  readonly origin: string
  readonly running: Running
}

/** Opens both. `page`: what the application serves. */
export async function openClientSite(t: TestContext, page: RequestListener, consent: 'ask' | 'skip'): Promise<ClientSite> {
  const server = createServer(page)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const running = await openIssuer({
    clients: [
      {
        id: 'site',
        name: 'Orders',
        redirectUris: [`${origin}/back`],
        postLogoutRedirectUris: [`${origin}/bye`],
        scopes: ['openid', 'profile', 'orders:read'],
        origins: [origin],
        consent,
      },
    ],
  })
  t.after(async () => {
    server.close()
    server.closeAllConnections()
    await running.close()
  })
  return { origin, running }
}
