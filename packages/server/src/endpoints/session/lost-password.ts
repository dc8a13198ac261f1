import { type HttpAnswer, noStoreJson } from '../../http/answer.ts'
import { readJsonBody } from '../../http/json.ts'
import { readWait } from '../../http/prefer.ts'
import type { HttpRequest } from '../../http/request.ts'
import { askForLink } from '../../use-cases/ask-for-link.ts'
import type { Services } from '../../use-cases/needs.ts'
import { resetPassword } from '../../use-cases/reset-password.ts'
import { endedAnswer } from '../ended-answer.ts'
import { LONGEST_PASSWORD } from './signed-in.ts'

/** POST /password/forgotten `{identifier}`: 202 for everybody (PR-1). Contract §5. */
export async function forgotten(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const typed = readJsonBody(request).text('identifier')
  await askForLink({ purpose: 'reset', typed, address: request.peer.address }, services)
  return noStoreJson(202, {})
}

/** POST /password/new `{token, new_password}`: by a mailed link, once; every device is signed out, and nobody is signed in (PR-2, SS-4). Contract §5. */
export async function newPassword(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const body = readJsonBody(request)
  const wait = readWait(request)
  const given = { token: body.text('token'), next: body.text('new_password', LONGEST_PASSWORD), wait }
  const { deviceToken, ...ended } = await resetPassword({ ...given, deviceToken: body.optionalText('device_token') }, services)
  const members = deviceToken === undefined ? {} : { device_token: deviceToken }
  return endedAnswer(ended, { wait, settings: services.settings, members })
}
