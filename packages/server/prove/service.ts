import { createServer } from 'node:http'
import { createVerifier, type VerifierOptions } from '@curfew/verifier'
import type { ServiceSetup } from './setup.ts'

/** A resource server as a process of its own: the product's verifier in front of one path. `sabotage` names a broken part (prove/sabotage). */
const setup = JSON.parse(process.env.PROVE_SETUP ?? '{}') as ServiceSetup
const broken: Partial<VerifierOptions> = setup.sabotage ? (await import('./sabotage/verifier-parts.ts')).brokenVerifier(setup.sabotage) : {}
const verifier = createVerifier({ issuer: setup.issuer, audience: setup.audience, key: setup.key, ...broken })
await verifier.ready()

const server = createServer({ keepAliveTimeout: 65_000 }, async (request, response) => {
  const { authorization } = request.headers
  const facts = {
    ...(authorization === undefined ? {} : { authorization }),
    ...(request.url?.startsWith('/role') ? { roles: ['editor'] } : {}),
  }
  const verdict = verifier.verifySync(facts) ?? (await verifier.verify(facts))
  if (verdict.outcome === 'accepted') response.writeHead(200).end(verdict.claims.jti)
  else response.writeHead(verdict.status, { reason: verdict.reason }).end()
})
server.listen(setup.port, '127.0.0.1', () => process.send?.({ ready: process.pid }))
process.once('SIGTERM', async () => {
  await verifier.close()
  process.exit(0)
})
process.once('disconnect', () => process.exit(1))
