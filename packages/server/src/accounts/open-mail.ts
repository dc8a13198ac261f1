import type { Settings } from '../domain/settings.ts'
import { messageOf, OAuthError } from '../errors.ts'
import type { Logger, Mailer } from '../use-cases/needs.ts'
import type { World } from '../world.ts'
import { type Message, writeLetter } from './letters.ts'
import { mailFolder } from './mail-folder.ts'
import { type MailTransport, smtpTransport } from './smtp-transport.ts'

/** How mail is set up. */
export interface MailSetup {
  /** `folder`: each mail becomes a file, and is shown on the console. For development. */
  readonly transport: 'folder' | MailTransport
  readonly from: string
  readonly signsIn: boolean
  readonly pages: Mailer['pages']
  /** Where the files go. */
  readonly folder: string
}

/** Mail that can be sent, and how to stop. */
export interface OpenMail {
  readonly mailer: Mailer
  /** Waits for what is under way, so many milliseconds at most; takes nothing more. */
  stop(patience: number): Promise<void>
}

const atOnce = 4
/** Beyond so many that wait, an answer that promises a mail would be a lie. */
const mostWaiting = 1000
/** A server that is busy or away is tried once more, so many milliseconds later. */
const again = 5000

/** Opens it; the library and the connection come with the first mail. */
export function openMail(
  setup: MailSetup,
  given: { settings: Settings; world: Pick<World, 'turn' | 'after' | 'wall'>; log: Logger },
): OpenMail {
  const { settings, world, log } = given
  const deliver = setup.transport === 'folder' ? mailFolder(setup.folder, world) : smtpTransport(setup.transport)
  const site = new URL(settings.issuer).host
  const waiting: (() => Promise<unknown>)[] = []
  const idle = new Set<() => void>()
  let running = 0
  let isStopping = false

  function next(): void {
    while (running < atOnce) {
      const work = waiting.shift()
      if (!work) break
      running += 1
      void work()
        .catch((error: unknown) => log.error({ event: 'mail.failed', problem: messageOf(error) }, 'a mail could not be sent'))
        .finally(() => {
          running -= 1
          next()
        })
    }
    if (running === 0) for (const done of idle) done()
  }

  async function deliverTwice(message: Message): Promise<void> {
    try {
      await deliver(message)
    } catch (error) {
      if (isStopping) throw error
      await new Promise<void>((resolve) => void world.after(again, resolve))
      await deliver(message)
    }
  }

  return {
    mailer: {
      signsIn: setup.signsIn,
      pages: setup.pages,
      later(work) {
        if (isStopping || waiting.length >= mostWaiting) {
          const headers = { 'retry-after': '5' }
          throw new OAuthError('temporarily_unavailable', 'mails_waiting', {
            description: 'No mail can be sent right now. Try again.',
            headers,
          })
        }
        waiting.push(work)
        world.turn(next) // after the answer that this turn of the event loop gives
      },
      send: (letter) => deliverTwice(writeLetter(letter, { from: setup.from, site })),
      ...(setup.transport === 'folder' && { unsent: (why: string) => void process.stderr.write(`no mail: ${why}\n`) }),
    },
    async stop(patience) {
      isStopping = true
      next()
      if (running === 0) return
      await new Promise<void>((resolve) => {
        const callOff = world.after(patience, resolve)
        idle.add(() => {
          callOff()
          resolve()
        })
      })
    },
  }
}
