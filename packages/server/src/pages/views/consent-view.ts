import { html } from '../../http/html.ts'
import { belongsTo, cardPage, hiddenFields, type PageFrame } from './layout.ts'

/** What the consent page shows: who asks, from where, for what, at which service. AZ-20. Posts `interaction`, `csrf`, `answer`. */
export type ConsentView = PageFrame & {
  action: string
  interaction: string
  csrf: string
  client: { name: string; host: string }
  user: { name: string }
  /** `text` finishes the sentence "It would be able to …". */
  scopes: readonly { name: string; text: string }[]
  audience: string
  /** Where somebody else can sign in instead. */
  switchHref?: string
}

/** Renders the consent page: allowing is `answer=allow`, refusing is `answer=refuse`. */
export function consentView(view: ConsentView): string {
  const heading = `${view.client.name} asks for access to your account`
  return cardPage(view, {
    title: heading,
    heading,
    lead: html`<p class="host">${view.client.host}</p>`,
    lit: true,
    body: html`<div>
<h2>It would be able to</h2>
<ul class="asks">
${view.scopes.map(({ name, text }) => html`<li><span class="pane lit" aria-hidden="true"></span><span>${text}${text !== name && html` <code class="soft">${name}</code>`}</span></li>\n`)}</ul>
<h2>It would not be able to</h2>
<ul class="asks">
<li><span class="pane" aria-hidden="true"></span><span>see your password</span></li>
<li><span class="pane" aria-hidden="true"></span><span>use services other than <code>${view.audience}</code></span></li>
</ul>
</div>
<form method="post" action="${view.action}">
${hiddenFields({ csrf: view.csrf, interaction: view.interaction })}
<button class="button in wide" type="submit" name="answer" value="allow" data-busy="Allowing…">Allow</button>
<button class="button wide" type="submit" name="answer" value="refuse" data-busy="Going back…">Do not allow</button>
</form>
<p class="small soft">You are signed in as <strong>${view.user.name}</strong>.${view.switchHref && html` <a href="${view.switchHref}">Not you?</a>`}</p>`,
    foot: belongsTo(view),
  })
}
