import { createServer, type ServerResponse } from 'node:http'

/**
 * The floor of a confirmation: a bare long poll that speaks as much of the follow protocol as the lean followers need. A post is answered when
 * every follower that was held has asked again. No store, no check of anything, one process.
 */
const { port } = JSON.parse(process.env.PROVE_SETUP ?? '{}') as { port: number }
const held = new Map<string, { after: number; response: ServerResponse; due: number }>()
const acked = new Map<string, number>()
const posts = new Set<{ seq: number; left: Set<string>; answer: () => void }>()
let head = 0

const send = (response: ServerResponse, after: number): void => {
  const entries = after < head ? [{ seq: head, ended: { sid: 'AAAAAAAAAAAAAAAAAAAAAA' }, until: 1 }] : []
  const body = JSON.stringify({ version: 1, entries, up_to: head, horizon: 1, lease: 5000 })
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
}
const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  let text = ''
  request.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  request.on('end', () => {
    if (request.url !== '/ledger/follow') {
      head += 1
      const answer = (): void => void response.end('{"confirmed":true}')
      if (acked.size === 0) return answer()
      posts.add({ seq: head, left: new Set(acked.keys()), answer })
      for (const { after, response: one } of held.values()) send(one, after)
      return held.clear()
    }
    const { id, after, hold } = JSON.parse(text) as { id: string; after: number; hold: number }
    acked.set(id, Math.max(after, acked.get(id) ?? 0))
    for (const post of posts) {
      if (after >= post.seq) post.left.delete(id)
      if (post.left.size > 0) continue
      posts.delete(post)
      post.answer()
    }
    if (after < head || hold === 0) send(response, after)
    else held.set(id, { after, response, due: performance.now() + hold })
  })
})
setInterval(() => {
  const now = performance.now()
  for (const [id, { after, response, due }] of held) {
    if (due > now) continue
    held.delete(id)
    send(response, after)
  }
}, 10)
server.listen({ port, host: '127.0.0.1', backlog: 8192 }, () => process.send?.({ ready: process.pid }))
process.once('SIGTERM', () => process.exit(0))
process.once('disconnect', () => process.exit(1))
