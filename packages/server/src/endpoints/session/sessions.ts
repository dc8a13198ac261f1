import { OAuthError } from '../../errors.ts'
import { type HttpAnswer, noStoreJson } from '../../http/answer.ts'
import { deleteSessionCookies } from '../../http/cookies.ts'
import { readQuery } from '../../http/form.ts'
import { readWait } from '../../http/prefer.ts'
import type { HttpRequest } from '../../http/request.ts'
import { type EndTarget, end } from '../../use-cases/end.ts'
import { findDevice } from '../../use-cases/find-device.ts'
import type { Identified } from '../../use-cases/identify.ts'
import { listSessions } from '../../use-cases/list-sessions.ts'
import type { Services } from '../../use-cases/needs.ts'
import { endedAnswer } from '../ended-answer.ts'
import { ownDevice, requireCaller } from './caller.ts'
import { clearCache } from './sign-out.ts'
import { deviceOnWire } from './wire.ts'

/** GET /sessions: where the caller is signed in, newest first. Contract §5, SS-3. */
export async function sessions(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const caller = await requireCaller(request, services)
  const { sessions: live, offline } = await listSessions(caller.user.sub, services)
  const devices = [...live, ...offline].sort((a, b) => b.createdAt - a.createdAt)
  return noStoreJson(200, { sessions: devices.map((device) => deviceOnWire(device, ownDevice(caller))) })
}

/** DELETE /sessions/{sid}: signs one of the caller's own devices out; 404 for anybody else's, as for none. Contract §5, SS-3. */
export async function endSession(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const caller = await requireCaller(request, services)
  const id = request.params.sid ?? ''
  const target = await findDevice(caller.user.sub, id, services)
  if (!target) throw new OAuthError('not_found', 'no_such_device', { description: 'You have no device with this id.' })
  return endDevices(target, id === ownDevice(caller), caller, request, services)
}

/** DELETE /sessions: signs the caller out everywhere; with `?except=current`, everywhere else. Contract §5, SS-3. */
export async function endSessions(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const except = readQuery(request).optional('except')
  if (except !== undefined && except !== 'current') {
    throw new OAuthError('invalid_request', 'except', { description: 'except must be "current", or left out.' })
  }
  const caller = await requireCaller(request, services)
  const { sub } = caller.user
  if (except === undefined) return endDevices({ user: sub }, true, caller, request, services)
  // One entry a session, never a cut, which would end this device, too.
  return endDevices({ othersOf: sub, except: ownDevice(caller) ?? '' }, false, caller, request, services)
}

async function endDevices(
  target: EndTarget,
  isOwn: boolean,
  caller: Identified,
  request: HttpRequest,
  services: Services,
): Promise<HttpAnswer> {
  const { settings } = services
  const wait = readWait(request)
  const ended = await end(target, { why: 'signed_out', wait }, services)
  const forget = isOwn && caller.by === 'cookie' ? { cookies: deleteSessionCookies(settings) } : {}
  return endedAnswer(ended, { wait, settings, ...(isOwn && { headers: clearCache }), ...forget })
}
