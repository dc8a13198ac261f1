import { createServer } from 'node:http'

/** A bare long poll over `node:http`: held until somebody posts, then answered to all. What the machine itself needs, without any of ours. */
const { port } = JSON.parse(process.env.PROVE_SETUP ?? '{}') as { port: number }
const held = new Map<string, () => void>()
const waiting = new Set<{ missing: Set<string>; answer: () => void }>()
const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  request.resume()
  const who = request.url ?? ''
  if (who === '/post') {
    // Answered when each that was held has asked again: the same two trips as a confirmation.
    if (held.size === 0) return response.end('{}')
    waiting.add({ missing: new Set(held.keys()), answer: () => response.end('{}') })
    for (const answer of held.values()) answer()
    return held.clear()
  }
  held.set(who, () => response.end('{}'))
  for (const post of waiting) {
    post.missing.delete(who)
    if (post.missing.size > 0) continue
    waiting.delete(post)
    post.answer()
  }
})
server.listen(port, '127.0.0.1', () => process.send?.({ ready: process.pid }))
process.once('disconnect', () => process.exit(1))
