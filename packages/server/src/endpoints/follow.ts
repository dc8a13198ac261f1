import { readFollowRequest } from '@curfew/verifier/wire'
import type { Service } from '../domain/service.ts'
import { OAuthError } from '../errors.ts'
import type { HttpAnswer } from '../http/answer.ts'
import { readBasic } from '../http/client-credentials.ts'
import { readJsonBody } from '../http/json.ts'
import type { HttpRequest } from '../http/request.ts'
import { authenticateService } from '../use-cases/authenticate-service.ts'
import { follow as followLedger } from '../use-cases/follow.ts'
import type { Services } from '../use-cases/needs.ts'

/** A request to follow has five short members. */
const LONGEST = 4096

/** POST /ledger/follow: a verifier acknowledges, asks for what is newer, and renews its lease. Protocol F1–F7, D2, V10. */
export async function follow(request: HttpRequest, services: Pick<Services, 'directory' | 'followers'>): Promise<HttpAnswer> {
  const service = await readService(request, services)
  const asked = read(readFollowRequest(readShortBody(request)))
  const followed = await followLedger(service, asked, request.closed(), services)
  if (!followed) return { status: 503, headers: { 'cache-control': 'no-store' } } // nobody reads it
  const body = followed.bytes ?? Buffer.from(JSON.stringify(followed.answer))
  // One small body, kept by nobody; the edge writes its length: buffering proxies do no harm (protocol.md, In practice).
  return { status: 200, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' }, body }
}

/** The service that asks, by HTTP Basic of its id and secret (protocol.md, Services). */
export async function readService(request: HttpRequest, services: Pick<Services, 'directory'>): Promise<Service> {
  const given = readBasic(request.headers.authorization)
  const service = given && (await authenticateService(given, services))
  if (service) return service
  throw new OAuthError('invalid_client', given ? 'service_key' : 'no_service_key', {
    description:
      'The issuer does not know this key of a service. Make a new one: npx curfew services key <name>, or for a new service: npx curfew services add <name>',
  })
}

/** The body as JSON, read strictly, and short. */
export function readShortBody(request: HttpRequest): Readonly<Record<string, unknown>> {
  const { body } = request
  if (body.kind === 'bytes' && body.bytes.length > LONGEST) {
    throw new OAuthError('content_too_large', 'body_too_large', { description: `The body is longer than ${LONGEST} bytes.` })
  }
  return readJsonBody(request).value
}

/** What a reader of the wire formats found, or the refusal that says what is wrong. */
export function read<T extends object>(found: T): Exclude<T, { problem: string }> {
  if ('problem' in found) throw new OAuthError('invalid_request', 'malformed', { description: String(found.problem) })
  return found as Exclude<T, { problem: string }>
}
