import type { HttpAnswer } from '../http/answer.ts'
import { readCookie } from '../http/cookies.ts'
import { deviceName } from '../http/device-name.ts'
import { readQuery } from '../http/form.ts'
import type { HttpRequest } from '../http/request.ts'
import type { Services } from '../use-cases/needs.ts'
import { signInByLink } from '../use-cases/sign-in-by-link.ts'
import { sessionCookies } from './account-sign-in.ts'
import { type LinkProblem, linkPage, mailPage, overPage, readMailForm, waited } from './mail-page.ts'

/** GET /mailed-sign-in: asks whether to sign in, and says as whom: a link may have been somebody else's. It changes nothing (PR-3). */
export async function mailedSignInForm(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  return show(readQuery(request).optional('token') ?? '', request, services)
}

/** POST /mailed-sign-in: signs this browser in; the tab that asked for the link goes on by itself. */
export async function postMailedSignIn(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const { settings } = services
  const { form, isOwn } = readMailForm(request, services)
  const token = form.optional('token') ?? ''
  if (!isOwn) return show(token, request, services, waited)
  try {
    const browser = {
      cookie: true,
      replaces: readCookie(request, 'session', settings),
      deviceToken: readCookie(request, 'device', settings),
    }
    const device = { device: deviceName(request.headers['user-agent']), address: request.peer.address }
    const signedIn = await signInByLink({ token, ...browser, ...device }, services)
    const view = {
      heading: 'You are signed in',
      lead: ['Did you begin elsewhere? Go back to that page: it goes on from there.'],
      lit: true,
      status: true,
    }
    const links = [{ href: `${settings.basePath}/account`, text: 'Your account' }]
    return mailPage({ ...view, links }, request, services, { cookies: sessionCookies(signedIn, services) })
  } catch (error) {
    return overPage(error, anew(services), request, services)
  }
}

function show(token: string, request: HttpRequest, services: Services, problem?: LinkProblem): Promise<HttpAnswer> {
  return linkPage(
    { token, purpose: 'sign_in', again: anew(services), problem },
    ({ user }) => {
      const whom = user.name ?? user.identifier ?? user.sub
      return {
        heading: `Sign in as ${whom}?`,
        lead: [`This browser is signed in as ${user.identifier ?? whom}. If that is not you, close this page.`],
        form: { action: '/mailed-sign-in', hidden: { token }, button: 'Sign in', busy: 'Signing in…' },
      }
    },
    request,
    services,
  )
}

function anew({ settings }: Services): { href: string; text: string } {
  return { href: `${settings.basePath}/mail-me`, text: 'Ask for a new link' }
}
