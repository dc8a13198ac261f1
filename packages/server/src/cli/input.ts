import { CurfewError } from '../errors.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

const most = 1 << 20

/** Reads one secret: the first line of a pipe, or typed at a prompt without being shown. Never an argument: those are seen by everybody on the machine. */
export async function readSecret(question: string, terminal: Terminal): Promise<string> {
  if (terminal.stdin.isTTY) return prompt(question, terminal)
  const [line = ''] = (await readAll(terminal)).split(/\r?\n/, 1)
  if (line === '') throw new UsageError(`${question} is read from stdin, and nothing came. For example: curfew … < file`)
  return line
}

/** A new password: asked for twice where it is typed, since nobody sees it. */
export async function readNewPassword(question: string, terminal: Terminal): Promise<string> {
  const typed = await readSecret(question, terminal)
  if (terminal.stdin.isTTY && (await prompt('Once more', terminal)) !== typed)
    throw new CurfewError('These were two different passwords. Nothing was changed.')
  return typed
}

/** A token: from stdin with `-`, asked for at a terminal; as an argument it is taken, with a warning. */
export async function readToken(given: string, instead: string, terminal: Terminal): Promise<string> {
  if (given !== '-') {
    terminal.stderr.write(`A token in an argument can be read by everybody on this machine. Better: ${instead}\n`)
    return given.trim()
  }
  const token = (terminal.stdin.isTTY ? await prompt('Token', terminal) : await readAll(terminal)).trim()
  if (token === '') throw new UsageError(`There is no token on stdin. For example: ${instead}`)
  return token
}

async function readAll({ stdin }: Terminal): Promise<string> {
  let all = ''
  stdin.setEncoding('utf8')
  for await (const chunk of stdin) {
    all += chunk
    if (all.length > most) throw new CurfewError('That is more than 1 MiB of input. Is it the right file?')
  }
  return all
}

/** Asks on stderr, so that stdout stays what the command answers; what is typed is not shown. */
function prompt(question: string, { stdin, stderr }: Terminal): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed: string[] = []
    const done = (finish: () => void): void => {
      stdin.off('data', read)
      stdin.off('end', enter)
      stdin.setRawMode?.(false)
      stdin.pause()
      stderr.write('\n')
      finish()
    }
    const enter = (): void => done(() => resolve(typed.join('')))
    const read = (chunk: string): void => {
      if (chunk.startsWith('\u001b')) return // an arrow, or another key that is no letter
      for (const letter of chunk) {
        if (letter === '\r' || letter === '\n' || letter === '\u0004') return void enter()
        if (letter === '\u0003') return void done(() => reject(new CurfewError('Called off. Nothing was changed.')))
        if (letter === '\u0015') typed = []
        else if (letter === '\u007f' || letter === '\b') typed.pop()
        else if (typed.length < most) typed.push(letter)
      }
    }
    stdin.setRawMode?.(true) // before anybody is asked: what is typed at once must not be shown either
    stderr.write(`${question}: `)
    stdin.setEncoding('utf8')
    stdin.on('data', read).on('end', enter)
    stdin.resume()
  })
}
