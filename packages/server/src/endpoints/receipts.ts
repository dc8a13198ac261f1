import { OAuthError } from '../errors.ts'
import { type HttpAnswer, noStoreJson } from '../http/answer.ts'
import { readWait, waitApplied } from '../http/prefer.ts'
import type { HttpRequest } from '../http/request.ts'
import { signedOutPage } from '../pages/signed-out.ts'
import type { Services } from '../use-cases/needs.ts'

/** 16 random bytes (contract §1). */
const id = /^[A-Za-z0-9_-]{22}$/

/** GET /receipts/{id}: the outcome of a sign-out, or 202 while it is waited for; the link alone shows what an end user sees. Protocol S5. */
export async function receipts(
  request: HttpRequest,
  services: Pick<Services, 'confirmation' | 'signer' | 'settings' | 'world'>,
): Promise<HttpAnswer> {
  const { confirmation, signer } = services
  const wait = readWait(request) // RFC 7240 §4.3; 0 answers at once
  const asked = request.params.id ?? ''
  const found = id.test(asked) ? await confirmation.byId(asked, wait) : undefined
  if (!found) throw new OAuthError('not_found', 'no_receipt', { description: 'There is no such receipt, or it is not kept any more.' })
  // A person who followed the link of the page after a sign-out sees that page again, RFC 9110 §12.5.1.
  if (/\btext\/html\b/.test(request.headers.accept ?? ''))
    return signedOutPage({ ended: { confirmed: found } }, services, { headers: waitApplied(wait), cookies: [] })
  const isConfirmed = found.outcome === 'confirmed'
  const times = isConfirmed ? { took_ms: found.tookMs } : { latest_in_ms: found.latestInMs }
  const body = { confirmed: isConfirmed, ...times, receipt: signer.receipt(found.shown) }
  return noStoreJson(isConfirmed ? 200 : 202, body, waitApplied(wait))
}
