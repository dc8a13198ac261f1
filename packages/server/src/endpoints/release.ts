import { readReleaseRequest } from '@curfew/verifier/wire'
import type { HttpAnswer } from '../http/answer.ts'
import type { HttpRequest } from '../http/request.ts'
import { release as releaseVerifier } from '../use-cases/follow.ts'
import type { Services } from '../use-cases/needs.ts'
import { read, readService, readShortBody } from './follow.ts'

/** POST /ledger/release: a verifier has given up its lease for good. Protocol F6, V7. */
export async function release(request: HttpRequest, services: Pick<Services, 'directory' | 'followers'>): Promise<HttpAnswer> {
  const service = await readService(request, services)
  const { id } = read(readReleaseRequest(readShortBody(request)))
  await releaseVerifier(service, id, services)
  return { status: 204, headers: { 'cache-control': 'no-store' } }
}
