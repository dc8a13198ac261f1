import type { HttpAnswer } from '../../http/answer.ts'
import { readJsonBody } from '../../http/json.ts'
import { readWait } from '../../http/prefer.ts'
import type { HttpRequest } from '../../http/request.ts'
import { changePassword } from '../../use-cases/change-password.ts'
import type { Services } from '../../use-cases/needs.ts'
import { endedAnswer } from '../ended-answer.ts'
import { ownDevice, requireCaller } from './caller.ts'
import { clearCache } from './sign-out.ts'
import { LONGEST_PASSWORD, signedInParts } from './signed-in.ts'

/** POST /password: every device of the user is signed out, and this one gets a new session. Contract §5, SS-4. */
export async function password(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const body = readJsonBody(request)
  const current = body.text('current_password', LONGEST_PASSWORD)
  const next = body.text('new_password', LONGEST_PASSWORD)
  const caller = await requireCaller(request, services)
  const { user, session, grant, by } = caller
  const wait = readWait(request)
  const changed = await changePassword(
    {
      ...{ sub: user.sub, from: ownDevice(caller), current, next, wait },
      device: session?.device ?? grant?.device,
      address: request.peer.address,
      cookie: by === 'cookie',
    },
    services,
  )
  return endedAnswer(changed, {
    wait,
    settings: services.settings,
    headers: clearCache,
    ...(await signedInParts(changed.signedIn, services, request.peer.address)),
  })
}
