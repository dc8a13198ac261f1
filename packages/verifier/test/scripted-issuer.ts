import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { makeTestIssuer, type TestIssuer } from '@curfew/verifier/testing'
import type { TransportAnswer } from '../src/transport.ts'
import type { FollowRequest, ReleaseRequest } from '../src/wire/index.ts'

const secret = 'S'.repeat(43)

/** A test issuer behind real HTTP, whose every answer a test can change. */
export type ScriptedIssuer = {
  url: string
  key: string
  issuer: TestIssuer
  /** Path and the connection that it came on, of each request. */
  requests: { path: string; port: number; authorization: string | undefined; body: string }[]
  /** The ids of verifiers that asked. */
  ids: Set<string>
  released: string[]
  /** Another answer for a path, until it is deleted. */
  instead: Map<string, (request: http.IncomingMessage, response: http.ServerResponse) => void>
  /** Cuts every connection off. */
  reset(): void
  close(): Promise<void>
}

/** Starts one on a free port. */
export async function startIssuer(): Promise<ScriptedIssuer> {
  const sockets = new Set<Socket>()
  const requests: ScriptedIssuer['requests'] = []
  const instead: ScriptedIssuer['instead'] = new Map()
  const ids = new Set<string>()
  const released: string[] = []
  let test: TestIssuer | undefined

  const authorized = `Basic ${Buffer.from(`orders:${secret}`).toString('base64')}`
  const server = http.createServer({ keepAliveTimeout: 30_000 }, async (request, response) => {
    const path = request.url ?? ''
    let body = ''
    for await (const chunk of request) body += chunk
    const { authorization } = request.headers
    requests.push({ path, port: request.socket.remotePort ?? 0, authorization, body })
    const other = instead.get(path)
    if (other !== undefined) return other(request, response)
    const send = ({ status, body: said }: TransportAnswer) => {
      response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(JSON.stringify(said))
    }
    const { transport } = test!
    const url = scripted.url
    if (path === '/.well-known/openid-configuration') {
      return send({
        status: 200,
        body: {
          issuer: url,
          jwks_uri: `${url}/jwks`,
          introspection_endpoint: `${url}/introspect`,
          ledger_follow_endpoint: `${url}/ledger/follow`,
          ledger_release_endpoint: `${url}/ledger/release`,
        },
      })
    }
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    try {
      if (path === '/jwks') return send(await transport.keys(gone.signal))
      if (authorization !== authorized) return send({ status: 401, body: { error: 'invalid_client' } })
      if (path === '/introspect') return send(await transport.introspect(new URLSearchParams(body).get('token') ?? '', gone.signal))
      if (path === '/ledger/follow') {
        const asked = JSON.parse(body) as FollowRequest
        ids.add(asked.id)
        return send(await transport.follow(asked, gone.signal))
      }
      if (path === '/ledger/release') {
        released.push((JSON.parse(body) as ReleaseRequest).id)
        await transport.release(JSON.parse(body) as ReleaseRequest)
        return send({ status: 200, body: {} })
      }
      send({ status: 404, body: {} })
    } catch {
      response.destroy()
    }
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  test = makeTestIssuer({ issuer: url })
  const reset = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  const scripted: ScriptedIssuer = {
    ...{ url, key: `cfk_orders_${secret}`, issuer: test, requests, ids, released, instead, reset },
    async close() {
      reset()
      server.close()
      await once(server, 'close')
    },
  }
  return scripted
}
