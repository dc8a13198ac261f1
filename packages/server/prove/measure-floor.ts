import { httpClient } from './http-client.ts'
import { freePort, start } from './processes.ts'

/** Begins to time a bare long poll with so many askers, at so many posts a second, until it is stopped; milliseconds each. */
export async function measureFloor(
  askers: number,
  pace: number,
  seen?: (sentAt: number, cameAt: number) => void,
): Promise<{ stop(): Promise<number[]> }> {
  const port = await freePort()
  const running = await start('floor.ts', { port })
  const http = httpClient()
  const url = `http://127.0.0.1:${port}`
  let isOver = false
  let isEnough = false
  const ask = async (_: unknown, who: number): Promise<void> => {
    while (!isOver) await http.call(`${url}/${who}`, { patience: 60_000 }).catch(() => undefined)
  }
  const times: number[] = []
  const post = async (): Promise<void> => {
    while (!isEnough) {
      await new Promise((later) => setTimeout(later, 1000 / pace))
      if (isEnough) return
      const { sentAt, cameAt } = await http.call(`${url}/post`, { method: 'POST' })
      times.push(cameAt - sentAt)
      seen?.(sentAt, cameAt)
    }
  }
  const asking = Array.from({ length: askers }, ask)
  const posting = post()
  return {
    async stop() {
      // A post that is under way is answered when all have asked again: so they ask until it is.
      isEnough = true
      await posting
      isOver = true
      running.kill('SIGKILL')
      await Promise.all(asking)
      http.close()
      return times
    },
  }
}
