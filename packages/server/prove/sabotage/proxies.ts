import { createServer, request } from 'node:http'
import { freePort } from '../processes.ts'

/** What a lying front does with an answer of the issuer, or with a request to it. */
interface Lie {
  /** Changes the headers of a request before it is passed on. */
  readonly ask?: (path: string, headers: Record<string, string>) => void
  /** Milliseconds that an answer is held up on its way: a network, where the lie must show. */
  readonly late?: (path: string) => number
  /** Changes the answer. */
  readonly answer?: (path: string, status: number, body: string) => { status: number; body: string }
}

/** Issuers that break the protocol, made of the good one behind a front that lies: no line of the product knows how to be wrong. */
const lies: Readonly<Record<string, Lie>> = {
  /** It does not wait for the verifiers, and says that they confirmed. */
  'issuer-does-not-wait': {
    ask: (path, headers) => {
      if (!path.startsWith('/ledger/')) headers.prefer = 'wait=0'
    },
    late: (path) => (path === '/ledger/follow' ? 60 : 0),
    answer: (path, status, body) =>
      path.startsWith('/ledger/')
        ? { status, body }
        : { status: status === 202 ? 200 : status, body: body.replace('"confirmed":false', '"confirmed":true') },
  },
  /** It tells nobody of what ended, and takes the next question as an acknowledgement. */
  'issuer-forgets-entries': {
    answer: (path, status, body) =>
      path === '/ledger/follow' && status === 200
        ? { status, body: edit(body, (answer) => ({ ...answer, entries: [] })) }
        : { status, body },
  },
  /** It forgets the cuts only. */
  'issuer-forgets-cuts': {
    answer: (path, status, body) =>
      path === '/ledger/follow' && status === 200
        ? {
            status,
            body: edit(body, (answer) => ({ ...answer, entries: (answer.entries as object[]).filter((entry) => !('cut' in entry)) })),
          }
        : { status, body },
  },
}

/** The kinds of sabotage that sit in front of the issuer. */
export const issuerSabotage: readonly string[] = Object.keys(lies)

function edit(body: string, change: (answer: Record<string, unknown>) => object): string {
  return JSON.stringify(change(JSON.parse(body) as Record<string, unknown>))
}

/** Puts the liar at the issuer's port, and the issuer behind it; without one, the issuer keeps its port. */
export async function proxied(
  sabotage: string | undefined,
  { port }: { port: number; issuer: string },
): Promise<{ behind: number; isOurs: boolean; close(): void }> {
  const lie = sabotage === undefined ? undefined : lies[sabotage]
  if (!lie) return { behind: port, isOurs: false, close: () => undefined }
  const behind = await freePort()
  const server = createServer((req, res) => {
    const headers = { ...(req.headers as Record<string, string>) }
    const path = req.url ?? '/'
    lie.ask?.(path, headers)
    const onward = request({ host: '127.0.0.1', port: behind, method: req.method, path, headers }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () => {
        const body = Buffer.concat(parts).toString('utf8')
        const told = lie.answer?.(path, answer.statusCode ?? 502, body) ?? { status: answer.statusCode ?? 502, body }
        const { 'content-length': _, 'transfer-encoding': __, ...rest } = answer.headers
        setTimeout(() => res.writeHead(told.status, rest as Record<string, string>).end(told.body), lie.late?.(path) ?? 0)
      })
    })
    onward.on('error', () => res.destroy())
    res.on('close', () => onward.destroy())
    req.pipe(onward)
  })
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening))
  return {
    behind,
    isOurs: true,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
