import { createServer } from 'node:http'

/** A bare long poll over `node:http`: held until somebody posts, then answered to all. What the machine itself needs, without any of ours. */
const { port } = JSON.parse(process.env.PROVE_SETUP ?? '{}') as { port: number }
const held = new Set<() => void>()
let waiting: { left: number; answer: () => void } | undefined
const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  request.resume()
  if (request.url === '/post') {
    // Answered when each that was held has asked again: the same two trips as a confirmation.
    waiting = { left: held.size, answer: () => response.end('{}') }
    for (const answer of held) answer()
    held.clear()
    return
  }
  held.add(() => response.end('{}'))
  if (waiting && --waiting.left <= 0) {
    waiting.answer()
    waiting = undefined
  }
})
server.listen(port, '127.0.0.1', () => process.send?.({ ready: process.pid }))
process.once('disconnect', () => process.exit(1))
