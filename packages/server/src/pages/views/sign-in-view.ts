import type { Seconds } from '../../domain/instant.ts'
import { type Html, html } from '../../http/html.ts'
import { belongsTo, cardPage, hiddenFields, type PageFrame } from './layout.ts'
import { waitWords } from './words.ts'

/** What the sign-in page shows. Posts `interaction`, `csrf`, `identifier`, `password`. */
export type SignInView = PageFrame & {
  action: string
  /** Of an authorization under way; none where somebody signs in for the account page. */
  interaction?: string
  csrf: string
  client?: { name: string; host: string }
  /** What was typed before, or who must show again that it is them. */
  identifier?: string
  /** Somebody is signed in, but the client wants to see it again: prompt=login, or older than max_age. */
  fresh?: { maxAge?: Seconds }
  /** `words`: why no account was made. */
  problem?: 'mismatch' | 'expired' | { waitSeconds: Seconds } | { words: string }
  signUpHref?: string
  /** For those who have no password at hand. */
  forgotHref?: string
  mailMeHref?: string
  /** The same form makes an account. `signInHref`: for those who have one. */
  newAccount?: { signInHref: string; passwordLength: number }
}

/** Renders the sign-in page. */
export function signInView(view: SignInView): string {
  const { newAccount } = view
  const what = newAccount ? 'Make an account' : 'Sign in'
  const heading = view.client ? `${what} ${newAccount ? 'for' : 'to'} ${view.client.name}` : what
  const mismatch = view.problem === 'mismatch'
  const typed = view.identifier !== undefined && html` value="${view.identifier}"`
  return cardPage(view, {
    title: view.problem ? `${newAccount ? 'No account yet' : 'Not signed in'}: ${heading}` : heading,
    heading,
    lead: view.client && html`<p class="host">${view.client.host}</p>`,
    lit: true,
    body: html`${note(view)}
<form method="post" action="${view.action}">
${hiddenFields({ csrf: view.csrf, interaction: view.interaction })}
<div class="field">
<label for="identifier">Email or user name</label>
<input id="identifier" name="identifier" type="text" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="256" required${typed}>
</div>
<div class="field">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="${newAccount ? 'new' : 'current'}-password" maxlength="1024" required${mismatch && html` aria-invalid="true" aria-describedby="password-error"`}>
${mismatch && html`<p class="error" id="password-error">Check capitals, and the name above.</p>`}
${newAccount && html`<p class="small soft">At least ${newAccount.passwordLength} characters. A few words do.</p>`}
</div>
<button class="button in wide" type="submit" data-busy="${newAccount ? 'Making it' : 'Signing in'}…">${what}</button>
</form>
${(view.forgotHref || view.mailMeHref) && html`<p class="small">${view.forgotHref && html`<a href="${view.forgotHref}">Forgot your password?</a>`}${view.forgotHref && view.mailMeHref && ' · '}${view.mailMeHref && html`<a href="${view.mailMeHref}">Sign in by mail</a>`}</p>`}
${view.signUpHref && html`<p class="small">New here? <a href="${view.signUpHref}">Make an account</a></p>`}
${newAccount && html`<p class="small">Have an account? <a href="${newAccount.signInHref}">Sign in</a></p>`}`,
    foot: belongsTo(view, 'Check the address before you type.'),
  })
}

/** What went wrong gets the focus without a script; why the page is here at all is only said. */
function note({ problem, fresh, client }: SignInView): Html | undefined {
  if (problem === 'mismatch') return summary('That did not match.', 'The name or the password is wrong.')
  if (problem === 'expired') return summary('This page waited too long.', 'Start again, and nothing is lost.')
  if (problem && 'words' in problem) return summary('No account was made.', problem.words)
  if (problem)
    return summary('Too many tries.', `Wait ${waitWords(problem.waitSeconds)}, then try again. Devices that are signed in stay signed in.`)
  if (!fresh) return undefined
  const who = client?.name ?? 'This site'
  const asks = fresh.maxAge === undefined ? 'a new sign-in' : `a sign-in from the last ${waitWords(fresh.maxAge).replace(/^1 /, '')}`
  return html`<div class="note"><strong>Confirm that it is you.</strong>${who} asks for ${asks}.</div>`
}

function summary(what: string, todo: string): Html {
  return html`<div class="note bad" role="alert" tabindex="-1" autofocus><strong>${what}</strong>${todo}</div>`
}
