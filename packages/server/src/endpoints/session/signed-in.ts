import { OAuthError } from '../../errors.ts'
import { deviceCookie, readCookie, setCookie } from '../../http/cookies.ts'
import { requireOwnPage } from '../../http/csrf.ts'
import { deviceName } from '../../http/device-name.ts'
import type { JsonBody } from '../../http/json.ts'
import type { HttpRequest } from '../../http/request.ts'
import type { Services } from '../../use-cases/needs.ts'
import { renew } from '../../use-cases/renew.ts'
import type { SignedIn } from '../../use-cases/signed-in.ts'
import { sessionOnWire, userOnWire } from './wire.ts'

/** Longer is no password that anybody typed (LG-3). How long it must be, and may be, is the policy's. */
export const LONGEST_PASSWORD = 4096

/** What a sign-in says of the device, and whether it wants cookies. Cookies are given to our own pages only, so that nobody is signed in to a stranger's account (contract §6). */
export function readSignIn(request: HttpRequest, body: JsonBody, services: Pick<Services, 'settings'>): SignInFacts {
  const facts = readDevice(request, body, services)
  return { ...facts, identifier: body.text('identifier'), password: body.text('password', LONGEST_PASSWORD) }
}

/** The same without the password. */
export function readDevice(request: HttpRequest, body: JsonBody, { settings }: Pick<Services, 'settings'>): DeviceFacts {
  const mode = body.optionalText('mode') ?? 'cookie'
  if (mode !== 'cookie' && mode !== 'token') {
    throw new OAuthError('invalid_request', 'mode', { description: 'mode must be "cookie" or "token".' })
  }
  if (mode === 'cookie') requireOwnPage(request, settings, ' Or ask for tokens instead: "mode": "token".')
  // Shown in lists and terminals: no control characters (LO-3).
  const named = body.optionalText('device_name', 200)?.replace(/\p{C}/gu, '').trim()
  return {
    device: named || deviceName(request.headers['user-agent']),
    address: request.peer.address,
    cookie: mode === 'cookie',
    // A page of the application's own has it from a new password by mail, before there is a cookie.
    deviceToken: body.optionalText('device_token') ?? (mode === 'cookie' ? readCookie(request, 'device', settings) : undefined),
  }
}

type SignInFacts = DeviceFacts & { identifier: string; password: string }

type DeviceFacts = { cookie: boolean } & Record<'device' | 'address' | 'deviceToken', string | undefined>

/** What somebody who signed in is answered: members of the body, and cookies. Tokens go into one of the two, never both (contract §5). */
export async function signedInParts(
  { user, session, cookie, access, refreshToken, deviceToken }: SignedIn,
  services: Services,
  address: string | undefined,
): Promise<{ readonly members: Readonly<Record<string, unknown>>; readonly cookies: readonly string[] }> {
  const { settings } = services
  const members = { user: userOnWire(user), session: sessionOnWire(session) }
  if (cookie === undefined) {
    const device = deviceToken === undefined ? {} : { device_token: deviceToken }
    return { members: { ...members, ...tokens(access, refreshToken), ...device }, cookies: [] }
  }
  // Somebody who signed in once more in the same session has no new token yet.
  const { token, expiresIn } = access ?? (await renew(cookie, address, services)).access
  const left = (session.expiresAt - session.lastUsedAt) / 1000 // it was used just now, by the database's clock
  return {
    members,
    cookies: [
      setCookie('session', cookie, settings, left),
      setCookie('access', token, settings, expiresIn),
      ...deviceCookie(deviceToken, settings),
    ],
  }
}

function tokens(access: SignedIn['access'], refreshToken: string | undefined): Record<string, unknown> {
  return {
    ...(access && { access_token: access.token, token_type: 'Bearer', expires_in: access.expiresIn }),
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
    ...(access && { scope: access.claims.scope ?? '' }), // as a refresh answers
  }
}
