import { type Html, html } from '../http/html.ts'
import type { Letter } from '../use-cases/needs.ts'

/** A mail, ready to be sent. */
export interface Message {
  readonly from: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** What a letter says: the outcome first, then what to do. */
interface Words {
  readonly subject: string
  readonly what: string
  /** On the button. */
  readonly button?: string
  readonly todo: string
}

const words: Readonly<Record<Letter['kind'], (site: string) => Words>> = {
  reset: (site) => ({
    subject: `A new password for ${site}`,
    what: `Somebody, you perhaps, asked for a new password at ${site}.`,
    button: 'Choose a new password',
    todo: 'If it was not you, do nothing: your password stays as it is, and nobody is signed in.',
  }),
  verify: (site) => ({
    subject: `Is this your address? ${site} asks`,
    what: `This address was given at ${site}.`,
    button: 'Yes, it is mine',
    todo: 'If it was not you, do nothing: without your yes the address is not used.',
  }),
  sign_in: (site) => ({
    subject: `Your sign-in at ${site}`,
    what: `Somebody, you perhaps, wants to sign in at ${site}.`,
    button: 'Sign in',
    todo: 'If it was not you, do nothing, and give this mail to nobody: whoever opens it is signed in as you.',
  }),
  password_changed: (site) => ({
    subject: `Your password at ${site} was changed`,
    what: `The password of your account at ${site} was just changed, and every other device was signed out.`,
    todo: `If it was not you, ask for a new password at ${site} now, and tell the people who run it.`,
  }),
  mail_changed: (site) => ({
    subject: `Your mail address at ${site} was changed`,
    what: `Your account at ${site} has another mail address from now on; this one is not used any more.`,
    todo: `If it was not you, tell the people who run ${site} now.`,
  }),
}

/** Somebody may give a stranger's address, and as their name a text of their own with a link in it: what is no name is not mailed to anybody. */
const isName = /^[\p{L}\p{M}][\p{L}\p{M}' ’-]{0,39}$/u

/** Writes a letter as plain text, and as simple HTML: nothing in it is fetched from anywhere. */
export function writeLetter(letter: Letter, { from, site }: { readonly from: string; readonly site: string }): Message {
  const { to, name, link, minutes } = letter
  const { subject, what, button, todo } = words[letter.kind](site)
  const hello = name && isName.test(name) ? `Hello ${name},` : 'Hello,'
  const good = minutes === undefined ? '' : `The link is good for ${minutes} minutes, once.`
  const linked = link && button ? [`${button}:\n${link}`, good] : []
  const text = `${[hello, what, ...linked, todo].join('\n\n')}\n\n${site}\n`
  return { from, to, subject, text, html: page({ subject, hello, what, button, link, good, todo, site }).toString() }
}

type Parts = Omit<Words, 'button'> & {
  readonly hello: string
  readonly link: string | undefined
  readonly good: string
  readonly site: string
  readonly button: string | undefined
}

/** Mail programs know few styles, and each of them only in the element itself. */
function page({ subject, hello, what, button, link, good, todo, site }: Parts): Html {
  const line = 'margin:0 0 16px'
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${subject}</title></head>
<body style="margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif">
<div style="max-width:480px;margin:0 auto">
<p style="${line}">${hello}</p>
<p style="${line}">${what}</p>
${
  link &&
  button &&
  html`<p style="${line}"><a href="${link}" style="display:inline-block;padding:12px 20px;border-radius:10px;background:#f4b740;color:#1c2033;font-weight:600;text-decoration:none">${button}</a></p>
<p style="${line};font-size:14px">${good} If the button does nothing, copy this address into your browser:<br><span style="word-break:break-all">${link}</span></p>`
}
<p style="${line}">${todo}</p>
<p style="margin:24px 0 0;font-size:14px">${site}</p>
</div>
</body>
</html>
`
}
