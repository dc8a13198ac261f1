import { CurfewError } from '../errors.ts'
import type { Message } from './letters.ts'

/** How mail leaves: `smtp://` or `smtps://` with its name and password, what `nodemailer.createTransport` takes, or a function that sends it. */
export type MailTransport = string | Readonly<Record<string, unknown>> | ((message: Message) => Promise<unknown>)

/** A server that hangs holds up those who wait behind it; milliseconds. */
const patience = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 }
/** No file and no address is read into a mail, whatever a text says. */
const closed = { disableFileAccess: true, disableUrlAccess: true }
/** RFC 3834 §5: nobody's holiday answers it. */
const headers = { 'Auto-Submitted': 'auto-generated' }

/** Sends by SMTP; the library is loaded with the first mail. */
export function smtpTransport(transport: MailTransport): (message: Message) => Promise<void> {
  if (typeof transport === 'function') return async (message) => void (await transport(message))
  let opened: Promise<{ sendMail(mail: object): Promise<unknown> }> | undefined
  return async (message) => {
    opened ??= open(transport)
    await (await opened).sendMail({ ...message, headers, ...closed })
  }
}

async function open(transport: string | Readonly<Record<string, unknown>>): Promise<{ sendMail(mail: object): Promise<unknown> }> {
  const { createTransport } = await load()
  if (typeof transport !== 'string') return createTransport({ ...patience, ...transport })
  const url = new URL(transport)
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  // A link that opens an account does not cross a network in clear, unless it is said so by name: { host, port, secure: false }.
  return createTransport({ ...patience, url: transport, ...(isHere ? {} : { requireTLS: true }) })
}

async function load(): Promise<typeof import('nodemailer')> {
  try {
    return await import('nodemailer')
  } catch {
    throw new CurfewError('Mail needs nodemailer, which is not installed here: npm install nodemailer')
  }
}
