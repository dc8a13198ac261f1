import type { HttpAnswer } from '../http/answer.ts'
import { formTarget } from '../http/content-security-policy.ts'
import type { HttpRequest } from '../http/request.ts'
import type { SignOutRequest, SignOutStep } from '../use-cases/begin-sign-out.ts'
import { sealForm } from '../use-cases/interaction.ts'
import type { Services } from '../use-cases/needs.ts'
import { formCookie } from './form-cookie.ts'
import { pageAnswer } from './page-answer.ts'
import { confirmSignOutView } from './views/confirm-sign-out-view.ts'

/** Asks whether a sign-out is wanted: a link of any other site leads here, and no further (ES-5). */
export function confirmSignOutPage(
  step: Extract<SignOutStep, { outcome: 'ask' }>,
  asked: SignOutRequest,
  request: HttpRequest,
  services: Services,
): HttpAnswer {
  const browser = formCookie(request, services)
  const { session, user, client, back } = step
  return pageAnswer({ lit: true, cookies: browser.cookies, formTargets: back === undefined ? [] : [formTarget(back)] }, services, (frame) =>
    confirmSignOutView({
      ...frame,
      action: `${services.settings.basePath}/end-session`,
      csrf: sealForm(browser.value, services),
      user: { name: user.name ?? user.identifier ?? user.sub },
      devices: step.devices,
      services: step.services,
      ...(session.device === undefined ? {} : { device: session.device }),
      ...(client === undefined ? {} : { client: { name: client.name } }),
      hints: {
        id_token_hint: asked.idTokenHint,
        client_id: asked.clientId,
        post_logout_redirect_uri: asked.postLogoutRedirectUri,
        state: asked.state,
      },
    }),
  )
}
