import { html } from '../../http/html.ts'
import { belongsTo, cardPage, hiddenFields, type PageFrame } from './layout.ts'

/** What the page that changes a password shows. Posts `csrf`, `current_password`, `new_password`. */
export type PasswordView = PageFrame & {
  action: string
  csrf: string
  /** For password managers: whose it is. */
  identifier: string
  passwordLength: number
  /** Why nothing was changed. */
  problem?: { field: 'current' | 'new'; what: string; todo: string }
  backHref: string
}

/** Renders it. The present password is asked for: whoever found an open browser does not know it. */
export function passwordView(view: PasswordView): string {
  const { problem } = view
  const wrong = (field: 'current' | 'new') => problem?.field === field && html` aria-invalid="true" aria-describedby="${field}-error"`
  const words = (field: 'current' | 'new') => problem?.field === field && html`<p class="error" id="${field}-error">${problem.todo}</p>`
  const heading = 'Change your password'
  return cardPage(view, {
    title: problem ? `Not changed: ${heading}` : heading,
    heading,
    lead: html`<p>All other devices are signed out by it, this one stays.</p>`,
    lit: true,
    again: view.action,
    body: html`${problem && html`<div class="note bad" role="alert" tabindex="-1" autofocus><strong>${problem.what}</strong>${problem.todo}</div>`}
<form method="post" action="${view.action}">
${hiddenFields({ csrf: view.csrf })}
<div class="field">
<label for="identifier">Account</label>
<input id="identifier" type="text" autocomplete="username" value="${view.identifier}" readonly>
</div>
<div class="field">
<label for="current">Present password</label>
<input id="current" name="current_password" type="password" autocomplete="current-password" maxlength="1024" required${wrong('current')}>
${words('current')}
</div>
<div class="field">
<label for="new">New password</label>
<input id="new" name="new_password" type="password" autocomplete="new-password" maxlength="1024" required${wrong('new')}>
${words('new')}
<p class="small soft">At least ${view.passwordLength} characters. A few words do.</p>
</div>
<button class="button out wide" type="submit" data-busy="Changing it…">Change it, and sign the others out</button>
<a class="button plain" href="${view.backHref}">Leave it as it is</a>
</form>`,
    foot: belongsTo(view),
  })
}
