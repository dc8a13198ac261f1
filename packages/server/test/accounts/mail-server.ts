import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** A mail as it came over the wire, its quoted-printable undone. */
export interface Received {
  readonly to: string
  readonly from: string
  readonly subject: string
  /** Head and both bodies. */
  readonly raw: string
  /** The link in its text. */
  readonly link: URL | undefined
}

/** A mail server of the test's own: as much of SMTP (RFC 5321) as a client needs, over a real socket. */
export interface MailServer {
  readonly url: string
  readonly mails: Received[]
  /** The next mail to that address that nobody took before. */
  next(to: string): Promise<Received>
  /** What it says to the next mail instead of taking it. */
  refuse(reply: string): void
  close(): Promise<void>
}

/** Starts one. */
export async function startMailServer(): Promise<MailServer> {
  const mails: Received[] = []
  const taken = new Set<Received>()
  const waiting = new Set<() => void>()
  const refusals: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    socket.setEncoding('utf8')
    socket.write('220 mail.test ESMTP\r\n')
    let rest = ''
    let data: string[] | undefined
    let to = ''
    let from = ''
    const say = (line: string) => socket.write(`${line}\r\n`)
    const take = (line: string): void => {
      if (data) {
        if (line !== '.') return void data.push(line.replace(/^\./, ''))
        mails.push(read(data.join('\n'), from, to))
        data = undefined
        say('250 taken')
        for (const look of waiting) look()
        return
      }
      const verb = line.slice(0, 4).toUpperCase()
      if (verb === 'EHLO' || verb === 'HELO') return void say('250 mail.test')
      if (verb === 'MAIL') from = /<(.*)>/.exec(line)?.[1] ?? ''
      if (verb === 'RCPT') {
        to = /<(.*)>/.exec(line)?.[1] ?? ''
        const refusal = refusals.shift()
        if (refusal !== undefined) return void say(refusal)
      }
      if (verb === 'QUIT') return void socket.end('221 bye\r\n')
      if (verb !== 'DATA') return void say('250 ok')
      data = []
      say('354 go on')
    }
    socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) take(line)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails,
    refuse: (reply) => void refusals.push(reply),
    next: (to) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = mails.find((mail) => mail.to === to && !taken.has(mail))
          if (!found) return
          taken.add(found)
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

function read(wire: string, from: string, to: string): Received {
  const raw = Buffer.from(
    wire.replace(/=\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8')
  const link = /^https?:\/\/\S+$/m.exec(raw)?.[0]
  return { to, from, subject: /^Subject: (.*)$/m.exec(raw)?.[1] ?? '', raw, link: link === undefined ? undefined : new URL(link) }
}
