import { type Html, html } from '../../http/html.ts'
import { belongsTo, cardPage, hiddenFields, type PageFrame } from './layout.ts'

/** A page about a mail or its link: what it is about, and at most one form with at most one field. */
export type MailView = PageFrame & {
  heading: string
  /** Below the heading: sentences. */
  lead: readonly string[]
  /** What went wrong, and what to do: gets the focus. */
  problem?: { what: string; todo: string; isField?: boolean }
  form?: {
    action: string
    /** What it carries along. */
    hidden: Readonly<Record<string, string | undefined>>
    field?:
      | { kind: 'name'; typed?: string }
      | { kind: 'password'; identifier: string; least: number }
      | { kind: 'address'; identifier: string; typed: string }
    button: string
    /** What it does: amber signs in, ink signs out. */
    does?: 'in' | 'out'
    busy: string
  }
  /** Links, the first of them as a button where there is no form. */
  links?: readonly { href: string; text: string }[]
  /** Whether somebody is, or is about to be, signed in. */
  lit: boolean
  /** The heading is news: something was done. */
  status?: boolean
}

/** Renders it. Nothing is done by looking at it (PR-3). */
export function mailView(view: MailView): string {
  const { heading, lead, problem, form, links = [], lit, status } = view
  return cardPage(view, {
    title: problem ? `${problem.what.replace(/\.$/, '')}: ${heading}` : heading,
    heading,
    lead: html`${lead.map((sentence) => html`<p>${sentence}</p>\n`)}`,
    lit,
    ...(status ? { status } : {}),
    body: html`${problem && html`<div class="note bad" role="alert" tabindex="-1" autofocus><strong>${problem.what}</strong>${problem.todo}</div>`}
${form && formOf(form, problem)}
${links.length > 0 && html`<div class="actions">${links.map(({ href, text }, index) => html`<a class="button ${form || index > 0 ? 'plain' : 'in wide'}" href="${href}">${text}</a>\n`)}</div>`}`,
    foot: belongsTo(view, form?.field ? 'Check the address before you type.' : undefined),
  })
}

function formOf({ action, hidden, field, button, busy, does = 'in' }: NonNullable<MailView['form']>, problem: MailView['problem']): Html {
  return html`<form method="post" action="${action}">
${hiddenFields(hidden)}
${field && fieldsOf(field, problem)}
<button class="button ${does} wide" type="submit" data-busy="${busy}">${button}</button>
</form>`
}

type Field = NonNullable<NonNullable<MailView['form']>['field']>

function fieldsOf(field: Field, problem: MailView['problem']): Html {
  if (field.kind === 'name') return nameField(field.typed)
  return field.kind === 'password' ? passwordField(field, problem) : addressFields(field)
}

/** The present password is asked for: mail opens the account. */
function addressFields({ identifier, typed }: Extract<Field, { kind: 'address' }>): Html {
  return html`<div class="field">
<label for="mail">Mail address</label>
<input id="mail" name="mail" type="email" autocomplete="email" autocapitalize="none" spellcheck="false" maxlength="254" required value="${typed}">
</div>
<div class="field">
<label for="identifier">Account</label>
<input id="identifier" type="text" autocomplete="username" value="${identifier}" readonly>
</div>
<div class="field">
<label for="current">Present password</label>
<input id="current" name="current_password" type="password" autocomplete="current-password" maxlength="1024" required>
</div>`
}

function nameField(typed: string | undefined): Html {
  return html`<div class="field">
<label for="identifier">Email or user name</label>
<input id="identifier" name="identifier" type="text" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="256" required${typed !== undefined && html` value="${typed}"`}>
</div>`
}

/** The name stands there for password managers. */
function passwordField(field: { identifier: string; least: number }, problem: MailView['problem']): Html {
  const isWrong = problem?.isField === true
  return html`<div class="field">
<label for="identifier">Account</label>
<input id="identifier" type="text" autocomplete="username" value="${field.identifier}" readonly>
</div>
<div class="field">
<label for="new">New password</label>
<input id="new" name="new_password" type="password" autocomplete="new-password" maxlength="1024" required${isWrong && html` aria-invalid="true" aria-describedby="new-error"`}>
${isWrong && html`<p class="error" id="new-error">Not this one.</p>`}
<p class="small soft">At least ${field.least} characters. A few words do.</p>
</div>`
}
