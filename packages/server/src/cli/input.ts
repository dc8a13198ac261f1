import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { CurfewError } from '../errors.ts'

/** Reads a secret: one line of a pipe, or typed at a prompt without being shown. Never an argument: those are seen by everybody on the machine. */
export async function readSecret(question: string, input: NodeJS.ReadStream = process.stdin): Promise<string> {
  if (input.isTTY) return prompt(question, input)
  const line = (await readAll(input)).split(/\r?\n/, 1)[0] ?? ''
  if (line === '') throw new CurfewError(`${question} is read from stdin, and nothing came. For example: curfew … < file`)
  return line
}

/** All of stdin, bounded. */
export async function readAll(input: Readable, most: number = 1 << 20): Promise<string> {
  let all = ''
  input.setEncoding('utf8')
  for await (const chunk of input) {
    all += chunk
    if (all.length > most) throw new CurfewError('That is too much input.')
  }
  return all.trim()
}

async function prompt(question: string, input: NodeJS.ReadStream): Promise<string> {
  process.stderr.write(`${question}: `)
  const lines = createInterface({ input, terminal: false })
  input.setRawMode?.(true)
  let typed = ''
  try {
    for await (const chunk of input) {
      for (const character of String(chunk)) {
        if (character === '\r' || character === '\n') return typed
        if (character === '\u0003') throw new CurfewError('Called off.')
        typed = character === '\u007f' ? typed.slice(0, -1) : typed + character
      }
    }
    return typed
  } finally {
    input.setRawMode?.(false)
    lines.close()
    input.pause()
    process.stderr.write('\n')
  }
}
