import dns from 'node:dns'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createVerifier, type VerifierOptions } from '@curfew/verifier'
import type { ServiceSetup } from './setup.ts'

/** A resource server as a process of its own: the product's verifier in front of one path. `sabotage` names a broken part (prove/sabotage). */
const setup = JSON.parse(process.env.PROVE_SETUP ?? '{}') as ServiceSetup
if (setup.issuerAt !== undefined) leadTo(setup.issuerAt)
const broken: Partial<VerifierOptions> = setup.sabotage ? (await import('./sabotage/verifier-parts.ts')).brokenVerifier(setup.sabotage) : {}
const verifier = createVerifier({ issuer: setup.issuer, audience: setup.audience, key: setup.key, ...broken })
await verifier.ready(setup.patience)

const server = createServer({ keepAliveTimeout: 65_000 }, async (request, response) => {
  if (request.url === '/decisions') return decide(request, response)
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
  // Nobody new is let in, who is inside gets an answer; then the verifier says goodbye (V7).
  const closed = new Promise((done) => server.close(done))
  const hurry = setInterval(() => server.closeIdleConnections(), 20)
  await Promise.race([closed, new Promise((late) => setTimeout(late, 5000))])
  clearInterval(hurry)
  await verifier.close()
  process.exit(0)
})
process.once('disconnect', () => process.exit(1))

/** Many tokens in one request, each decided by the verifier: a letter for each, and a reason for each that is not accepted. */
async function decide(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const tokens = JSON.parse(Buffer.concat(parts).toString('utf8')) as string[]
  const verdicts = await Promise.all(tokens.map(async (token) => verifier.verifySync({ token }) ?? (await verifier.verify({ token }))))
  const letters = verdicts.map((verdict) => (verdict.outcome === 'accepted' ? 'a' : verdict.status === 503 ? 'u' : 'r'))
  const reasons = verdicts.flatMap((verdict) => (verdict.outcome === 'accepted' ? [] : verdict.reason))
  response.end(JSON.stringify({ verdicts: letters.join(''), reasons }))
}

/** The issuer's name is the same for everybody; the way there is each process's own, as with a network of its own. */
function leadTo(address: string): void {
  const lookup = dns.lookup as (host: string, options: dns.LookupOptions, done: (...all: unknown[]) => void) => void
  const ours: typeof lookup = (host, options, done) => {
    if (host !== 'localhost') return lookup(host, options, done)
    process.nextTick(() => (options.all ? done(null, [{ address, family: 4 }]) : done(null, address, 4)))
  }
  Object.assign(dns, { lookup: ours })
}
