import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CurfewError } from '../errors.ts'

/** Listens on one port of this machine only. */
export function listen(server: Server, port: number, host: string = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      // A machine without IPv6 has no ::1, and needs none.
      if (host === '::1' && (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT')) return resolve(port)
      reject(
        error.code === 'EADDRINUSE'
          ? new CurfewError(`Port ${port} is taken, perhaps by another curfew dev. Stop that, or take another one: --port ${port + 100}`)
          : new CurfewError(`Cannot listen at ${host}:${port}: ${error.message}`),
      )
    })
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })
}

/** Stops listening, and hangs up on everybody. */
export function hangUp(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve()
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** The wanted port if it is free, any free one otherwise: nobody has to know a service's port beforehand. */
export async function freePort(wanted: number): Promise<number> {
  const probe = createServer()
  const port = await listen(probe, wanted).catch(() => undefined)
  await hangUp(probe)
  return port ?? freePort(0)
}
