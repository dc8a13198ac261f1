import { type HttpAnswer, noStoreJson } from '../../http/answer.ts'
import { readJsonBody } from '../../http/json.ts'
import type { HttpRequest } from '../../http/request.ts'
import type { Services } from '../../use-cases/needs.ts'
import * as use from '../../use-cases/verify-mail.ts'
import { ownDevice, requireCaller } from './caller.ts'
import { LONGEST_PASSWORD } from './signed-in.ts'

/** POST /mail `{mail, current_password}`: asks that address whether it is theirs; 202, whoever has it. Contract §5. */
export async function mail(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const body = readJsonBody(request)
  const given = { mail: body.text('mail', 320), password: body.text('current_password', LONGEST_PASSWORD) }
  const caller = await requireCaller(request, services)
  const { sub } = caller.user
  await use.askToVerify({ ...given, sub, device: ownDevice(caller) ?? sub, address: request.peer.address }, services)
  return noStoreJson(202, {})
}

/** POST /mail/verify `{token}`: by a mailed link, once. Contract §5. */
export async function verifyMail(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const verified = await use.verifyMail(readJsonBody(request).text('token'), services)
  return noStoreJson(200, { mail: verified.mail, mail_verified: true })
}
