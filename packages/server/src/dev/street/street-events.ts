import type { ServerResponse } from 'node:http'
import type { World } from '../../world.ts'
import type { Fleet } from './fleet.ts'
import { streetRegions } from './street-view.ts'
import type { Visit } from './visit.ts'

const every = 250
/** Changes that come close together are sent together. */
const gather = 30

/** Keeps one open page true, and calls the services only as long as it is open. Returns what ends it. */
export function sendEvents(response: ServerResponse, fleet: Fleet, visit: Visit, { after }: Pick<World, 'after'>): () => void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  const sent = new Map<string, string>()
  let isOpen = true
  let stopTimer = () => {}
  let waiting: (() => void) | undefined

  function push(): void {
    waiting = undefined
    const different = Object.entries(streetRegions(visit.state())).filter(([id, region]) => sent.get(id) !== region)
    for (const [id, region] of different) sent.set(id, region)
    // A page that does not read is not sent more: what it misses comes with the next round.
    if (response.writableLength > 1 << 20) {
      sent.clear()
      return
    }
    const event =
      different.length > 0 ? `event: regions\ndata: ${JSON.stringify(Object.fromEntries(different))}\n\n` : 'event: alive\ndata: {}\n\n'
    response.write(event)
  }

  async function tick(): Promise<void> {
    await Promise.all([fleet.look(), visit.round()])
    if (isOpen) stopTimer = after(every, run)
  }
  const run = () => void tick()

  const ignore = visit.onChange(() => {
    waiting ??= after(gather, push)
  })
  function end(): void {
    isOpen = false
    stopTimer()
    waiting?.()
    ignore()
    response.end()
  }
  response.on('close', end)
  run()
  push()
  return end
}
