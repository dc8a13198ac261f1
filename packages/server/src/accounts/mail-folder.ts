import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { World } from '../world.ts'
import type { Message } from './letters.ts'

/** For development: each mail becomes a file that only its owner reads, and is shown on the console, link and all. Nothing is sent. */
export function mailFolder(folder: string, world: Pick<World, 'wall'>): (message: Message) => Promise<void> {
  let count = 0
  return async (message) => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    count += 1
    const time = new Date(world.wall()).toISOString().replaceAll(/[:.]/g, '-')
    const name = `${time}-${count}-${message.to.replaceAll(/[^a-z0-9.@-]/gi, '_')}`
    const head = `From: ${message.from}\nTo: ${message.to}\nSubject: ${message.subject}\n`
    await writeFile(join(folder, `${name}.txt`), `${head}\n${message.text}`, { mode: 0o600, flag: 'wx' })
    await writeFile(join(folder, `${name}.html`), message.html, { mode: 0o600, flag: 'wx' })
    process.stderr.write(`\n${head}\n${message.text}\nAlso in ${join(folder, `${name}.html`)}\n\n`)
  }
}
