import { z } from 'zod'
import type { MailSetup } from './accounts/open-mail.ts'
import type { MailTransport } from './accounts/smtp-transport.ts'
import { CurfewError } from './errors.ts'
import { problemOf } from './registration.ts'

/** How mail is set up. `folder`, for development: each mail becomes a file and is shown on the console. */
export type MailOptions =
  | 'folder'
  | {
      /** Who writes: an address, or `Name <address>`. */
      from: string
      /** `smtps://name:password@host`, what `nodemailer.createTransport` takes, or a function that sends a mail. */
      transport: MailTransport
      /** Pages of the application's own that links lead to, instead of ours; each gets `?token=…`. */
      pages?: { reset?: string; verify?: string; signIn?: string }
    }

const ways = 'must be smtps://name:password@host, what nodemailer.createTransport takes, or a function'
const page = z.url({ protocol: /^https?$/ }).optional()
const options = z.strictObject({
  from: z
    .string()
    .min(3)
    .max(320)
    .regex(/^[^\r\n]*@[^\r\n]*$/, 'must be a mail address, or a name and an address: Name <a@b.example>'),
  transport: z.union(
    [
      z.string().refine((text) => /^smtps?:\/\/./.test(text) && URL.canParse(text), ways),
      z.custom<(message: object) => Promise<unknown>>((value) => typeof value === 'function'),
      z.record(z.string(), z.unknown()),
    ],
    ways,
  ),
  pages: z.strictObject({ reset: page, verify: page, signIn: page }).default({}),
})

/** Checks it. `loopback`: only there mails may lie in a folder, since the links in them open accounts. */
export function readMail(
  given: MailOptions | undefined,
  of: { readonly signsIn: boolean; readonly loopback: boolean; readonly builtIn: boolean; readonly database: unknown },
): MailSetup | undefined {
  const wrong = (problem: string): CurfewError => new CurfewError(`The configuration is not right: ${problem}.`)
  if (given === undefined) {
    if (of.signsIn) throw wrong('accounts.mailLink needs mail: set it up, or with mail: "folder" in development')
    return undefined
  }
  if (!of.builtIn) throw wrong('mail is for the built-in accounts; with authenticate and find the application sends its own')
  const isFile = typeof of.database === 'string' && of.database !== ':memory:' && !/^postgres(ql)?:\/\//.test(of.database)
  const folder = `${isFile ? of.database : 'curfew'}.mail`
  if (given === 'folder') {
    if (!of.loopback)
      throw wrong('mail: "folder" is for development, and the issuer is no loopback address. Name a server: { from, transport }')
    return { transport: 'folder', from: 'curfew@localhost', signsIn: of.signsIn, pages: {}, folder }
  }
  const read = options.safeParse(given)
  if (!read.success) throw wrong(`mail: ${problemOf(read.error)}`)
  const { from, transport, pages } = read.data
  const led = [
    ...(pages.reset === undefined ? [] : [['reset', pages.reset]]),
    ...(pages.verify === undefined ? [] : [['verify', pages.verify]]),
    ...(pages.signIn === undefined ? [] : [['sign_in', pages.signIn]]),
  ]
  if (!of.loopback && led.some(([, url]) => !url?.startsWith('https:'))) throw wrong('mail.pages must be https, as the issuer is')
  return { transport: transport as MailTransport, from, signsIn: of.signsIn, pages: Object.fromEntries(led), folder }
}
