import { end } from './endpoints/admin/end.ts'
import { stale } from './endpoints/admin/stale.ts'
import { authorize, postAuthorize } from './endpoints/authorize.ts'
import { endSession as endBrowserSession, postEndSession } from './endpoints/end-session.ts'
import { follow } from './endpoints/follow.ts'
import { alive, ready } from './endpoints/health.ts'
import { introspect } from './endpoints/introspect.ts'
import { jwks } from './endpoints/jwks.ts'
import { metadata } from './endpoints/metadata.ts'
import { receipts } from './endpoints/receipts.ts'
import { release } from './endpoints/release.ts'
import { revoke } from './endpoints/revoke.ts'
import { forgotten, newPassword } from './endpoints/session/lost-password.ts'
import { mail, verifyMail } from './endpoints/session/mail.ts'
import { mailedSignIn, mailMe } from './endpoints/session/mailed-link.ts'
import { password } from './endpoints/session/password.ts'
import { reauthenticate } from './endpoints/session/reauthenticate.ts'
import { refresh } from './endpoints/session/refresh.ts'
import { session } from './endpoints/session/session.ts'
import { endSession, endSessions, sessions } from './endpoints/session/sessions.ts'
import { signIn } from './endpoints/session/sign-in.ts'
import { signOut } from './endpoints/session/sign-out.ts'
import { signUp } from './endpoints/session/sign-up.ts'
import { token } from './endpoints/token.ts'
import { userinfo } from './endpoints/userinfo.ts'
import type { Route } from './http/router.ts'
import { account } from './pages/account.ts'
import { accountMailForm, postAccountMail } from './pages/account-mail.ts'
import { passwordForm, postPassword } from './pages/account-password.ts'
import { postAccountSignIn } from './pages/account-sign-in.ts'
import { postAccountSignOut } from './pages/account-sign-out.ts'
import { postAccountSignUp } from './pages/account-sign-up.ts'
import { postAccountWithdraw } from './pages/account-withdraw.ts'
import { forgotPasswordForm, mailMeForm, postForgotPassword, postMailMe } from './pages/ask-for-link.ts'
import { consentForm, postConsent } from './pages/consent.ts'
import { problemPage as problem } from './pages/error.ts'
import { mailedSignInForm, postMailedSignIn } from './pages/mailed-sign-in.ts'
import { newAccountForm, postNewAccount } from './pages/new-account.ts'
import { newPasswordForm, postNewPassword } from './pages/new-password.ts'
import { postSignIn, signInForm } from './pages/sign-in.ts'
import { postVerifyMail, verifyMailForm } from './pages/verify-mail.ts'
import type { Services } from './use-cases/needs.ts'

/** What some routes need to be there at all; without it the path is the host application's. */
type Only = 'signUp' | 'ownAccounts' | 'mail' | 'mailLink' | 'serve'

type Row = Route<Services> & { readonly only?: Only }

/** Every URL on one screen. Paths are below the base path, but for `/.well-known/`. No `cors`: never from another origin (AZ-9). */
// biome-ignore format: one row a line
const table: readonly Row[] = [
  // The session API: the first-party client's own
  { method: 'POST',   path: '/sign-up',          endpoint: signUp,      definedIn: 'contract §5', cors: 'session', only: 'signUp' },
  { method: 'POST',   path: '/session/sign-in',  endpoint: signIn,      definedIn: 'contract §5', cors: 'session' },
  { method: 'GET',    path: '/session',          endpoint: session,     definedIn: 'contract §5', cors: 'session' },
  { method: 'POST',   path: '/session/refresh',  endpoint: refresh,     definedIn: 'contract §5', cors: 'session' },
  { method: 'POST',   path: '/session/sign-out', endpoint: signOut,     definedIn: 'contract §5', cors: 'session' },
  { method: 'POST',   path: '/session/reauthenticate', endpoint: reauthenticate, definedIn: 'contract §5', cors: 'session' },
  { method: 'GET',    path: '/sessions',         endpoint: sessions,    definedIn: 'contract §5', cors: 'session' },
  { method: 'DELETE', path: '/sessions',         endpoint: endSessions, definedIn: 'contract §5', cors: 'session' },
  { method: 'DELETE', path: '/sessions/{sid}',   endpoint: endSession,  definedIn: 'contract §5', cors: 'session' },
  { method: 'POST',   path: '/password',         endpoint: password,    definedIn: 'contract §5', cors: 'session', only: 'ownAccounts' },
  { method: 'POST',   path: '/password/forgotten', endpoint: forgotten, definedIn: 'contract §5', cors: 'session', only: 'mail' },
  { method: 'POST',   path: '/password/new',     endpoint: newPassword, definedIn: 'contract §5', cors: 'session', only: 'mail', limited: true },
  { method: 'POST',   path: '/mail',             endpoint: mail,        definedIn: 'contract §5', cors: 'session', only: 'mail' },
  { method: 'POST',   path: '/mail/verify',      endpoint: verifyMail,  definedIn: 'contract §5', cors: 'session', only: 'mail', limited: true },
  { method: 'POST',   path: '/session/mail-me',  endpoint: mailMe,      definedIn: 'contract §5', cors: 'session', only: 'mailLink' },
  { method: 'POST',   path: '/session/mailed-sign-in', endpoint: mailedSignIn, definedIn: 'contract §5', cors: 'session', only: 'mailLink', limited: true },

  // OAuth 2.1 and OpenID Connect
  { method: 'GET',    path: '/authorize',        endpoint: authorize,      definedIn: 'RFC 6749 §3.1', problem, limited: true },
  { method: 'POST',   path: '/authorize',        endpoint: postAuthorize,  definedIn: 'OpenID Connect Core 1.0 §3.1.2.1', problem, limited: true },
  { method: 'POST',   path: '/token',            endpoint: token,          definedIn: 'RFC 6749 §3.2', cors: 'clients' },
  { method: 'POST',   path: '/revoke',           endpoint: revoke,         definedIn: 'RFC 7009 §2', cors: 'clients' },
  { method: 'POST',   path: '/introspect',       endpoint: introspect,     definedIn: 'RFC 7662 §2' },
  { method: 'GET',    path: '/userinfo',         endpoint: userinfo,       definedIn: 'OpenID Connect Core 1.0 §5.3', cors: 'clients' },
  { method: 'POST',   path: '/userinfo',         endpoint: userinfo,       definedIn: 'OpenID Connect Core 1.0 §5.3', cors: 'clients' },
  { method: 'GET',    path: '/end-session',      endpoint: endBrowserSession, definedIn: 'OpenID Connect RP-Initiated Logout 1.0 §2', problem },
  { method: 'POST',   path: '/end-session',      endpoint: postEndSession, definedIn: 'OpenID Connect RP-Initiated Logout 1.0 §2', problem },
  { method: 'GET',    path: '/jwks',             endpoint: jwks,           definedIn: 'RFC 7517 §5', cors: 'public', limited: true },
  { method: 'GET',    path: '/.well-known/openid-configuration',       endpoint: metadata, definedIn: 'OpenID Connect Discovery 1.0 §4', cors: 'public', limited: true },
  { method: 'GET',    path: '/.well-known/oauth-authorization-server', endpoint: metadata, definedIn: 'RFC 8414 §3', cors: 'public', limited: true },

  // Pages: what they post to
  { method: 'GET',    path: '/sign-in',          endpoint: signInForm,     definedIn: 'contract §6', problem, limited: true },
  { method: 'POST',   path: '/sign-in',          endpoint: postSignIn,     definedIn: 'contract §6', problem },
  { method: 'GET',    path: '/new-account',      endpoint: newAccountForm, definedIn: 'contract §6', problem, only: 'signUp', limited: true },
  { method: 'POST',   path: '/new-account',      endpoint: postNewAccount, definedIn: 'contract §6', problem, only: 'signUp' },
  { method: 'GET',    path: '/consent',          endpoint: consentForm,    definedIn: 'contract §6', problem, limited: true },
  { method: 'POST',   path: '/consent',          endpoint: postConsent,    definedIn: 'contract §6', problem },
  // What mails lead to, and what they are asked for with
  { method: 'GET',    path: '/forgot-password',  endpoint: forgotPasswordForm, definedIn: 'contract §6', problem, only: 'mail', limited: true },
  { method: 'POST',   path: '/forgot-password',  endpoint: postForgotPassword, definedIn: 'contract §6', problem, only: 'mail' },
  { method: 'GET',    path: '/new-password',     endpoint: newPasswordForm,  definedIn: 'contract §6', problem, only: 'mail', limited: true },
  { method: 'POST',   path: '/new-password',     endpoint: postNewPassword,  definedIn: 'contract §6', problem, only: 'mail', limited: true },
  { method: 'GET',    path: '/verify-mail',      endpoint: verifyMailForm,   definedIn: 'contract §6', problem, only: 'mail', limited: true },
  { method: 'POST',   path: '/verify-mail',      endpoint: postVerifyMail,   definedIn: 'contract §6', problem, only: 'mail', limited: true },
  { method: 'GET',    path: '/mail-me',          endpoint: mailMeForm,       definedIn: 'contract §6', problem, only: 'mailLink', limited: true },
  { method: 'POST',   path: '/mail-me',          endpoint: postMailMe,       definedIn: 'contract §6', problem, only: 'mailLink' },
  { method: 'GET',    path: '/mailed-sign-in',   endpoint: mailedSignInForm, definedIn: 'contract §6', problem, only: 'mailLink', limited: true },
  { method: 'POST',   path: '/mailed-sign-in',   endpoint: postMailedSignIn, definedIn: 'contract §6', problem, only: 'mailLink', limited: true },

  // Where am I signed in?
  { method: 'GET',    path: '/account',          endpoint: account,           definedIn: 'contract §6', problem, limited: true },
  { method: 'POST',   path: '/account/sign-in',  endpoint: postAccountSignIn, definedIn: 'contract §6', problem },
  { method: 'POST',   path: '/account/sign-up',  endpoint: postAccountSignUp, definedIn: 'contract §6', problem, only: 'signUp' },
  { method: 'POST',   path: '/account/sign-out', endpoint: postAccountSignOut, definedIn: 'contract §6', problem },
  { method: 'POST',   path: '/account/withdraw', endpoint: postAccountWithdraw, definedIn: 'contract §6', problem },
  { method: 'GET',    path: '/account/password', endpoint: passwordForm,      definedIn: 'contract §6', problem, only: 'ownAccounts', limited: true },
  { method: 'POST',   path: '/account/password', endpoint: postPassword,      definedIn: 'contract §6', problem, only: 'ownAccounts' },
  { method: 'GET',    path: '/account/mail',     endpoint: accountMailForm,   definedIn: 'contract §6', problem, only: 'mail', limited: true },
  { method: 'POST',   path: '/account/mail',     endpoint: postAccountMail,   definedIn: 'contract §6', problem, only: 'mail' },

  // The ledger
  { method: 'POST',   path: '/ledger/follow',    endpoint: follow,      definedIn: 'protocol.md, F1–F5', quiet: true },
  { method: 'POST',   path: '/ledger/release',   endpoint: release,     definedIn: 'protocol.md, F6' },
  { method: 'GET',    path: '/receipts/{id}',    endpoint: receipts,    definedIn: 'protocol.md, S5', cors: 'clients' },

  // Operators
  { method: 'POST',   path: '/admin/end',        endpoint: end,         definedIn: 'contract §5' },
  { method: 'POST',   path: '/admin/stale',      endpoint: stale,       definedIn: 'contract §5' },
  { method: 'GET',    path: '/healthz',          probe: alive,          definedIn: 'contract §5', only: 'serve' },
  { method: 'GET',    path: '/readyz',           probe: ready,          definedIn: 'contract §5', only: 'serve' },
]

/** The routes that are served here. */
export function routes(has: Readonly<Record<Only, boolean>>): readonly Route<Services>[] {
  return table.filter(({ only }) => only === undefined || has[only])
}
