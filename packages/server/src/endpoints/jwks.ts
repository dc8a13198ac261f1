import type { HttpAnswer } from '../http/answer.ts'
import type { HttpRequest } from '../http/request.ts'
import type { Services } from '../use-cases/needs.ts'

/** GET /jwks: the public keys. RFC 7517 §5; cached for a while, since verifiers ask again when they meet a key that they do not know (JK-4). */
export async function jwks(_request: HttpRequest, { signer }: Pick<Services, 'signer'>): Promise<HttpAnswer> {
  const headers = { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' }
  return { status: 200, headers, body: await signer.jwks() }
}
