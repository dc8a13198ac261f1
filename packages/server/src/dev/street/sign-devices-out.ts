import type { World } from '../../world.ts'
import type { Device } from './device.ts'
import type { Fleet } from './fleet.ts'
import type { SignOutAnswer } from './issuer-client.ts'
import { readSignedReceipt } from './read-signed-receipt.ts'
import type { News, ReceiptState } from './street-state.ts'
import { type Tally, watchRefusals } from './watch-refusals.ts'

/** What a sign-out tells the page as it goes. */
export type Telling = {
  news(news: News): void
  receipt(signed: string | undefined, read: ReceiptState | undefined): void
  /** When it will be confirmed at the latest; monotonic. */
  latest(at: number | undefined): void
  tally: Tally
}

/**
 * Signs devices out: one, or every one of the person's. Resolves at the first answer, confirmed or pending; goes on asking, in the
 * background, until it is confirmed. `by` is the device whose token asks.
 */
export async function signDevicesOut(
  fleet: Fleet,
  by: Device,
  devices: readonly Device[],
  everywhere: boolean,
  telling: Telling,
  world: Pick<World, 'monotonic' | 'after'>,
): Promise<void> {
  const access = by.tokens?.access
  if (access === undefined) return
  const clicked = world.monotonic()
  const news = { kind: 'signedOut', devices: devices.map(({ id }) => id), everywhere } as const
  for (const device of devices) Object.assign(device, { state: 'leaving', since: clicked })
  telling.news(news)

  const watched = watchRefusals(fleet, devices, clicked, telling.tally, world)
  const keys = fleet.issuer.keys()
  const answer = await fleet.issuer.signOut(access, everywhere)
  if (!answer) {
    for (const device of devices) if (device.state === 'leaving') device.state = 'in' // the next calls will show what is true
    telling.news({ kind: 'noAnswer' })
    return
  }
  const answeredAt = world.monotonic()
  // What is said and what is shown belong together; a silent service is not waited for.
  if (answer.confirmed) await Promise.race([watched, new Promise<void>((resolve) => void world.after(500, resolve))])
  await note(answer, answeredAt)
  if (!answer.confirmed) void untilConfirmed(answer)

  async function note({ confirmed, receipt, latestInMs }: SignOutAnswer, at: number): Promise<void> {
    const outMs = at - clicked
    telling.latest(latestInMs === undefined ? undefined : at + latestInMs)
    const what = everywhere ? 'every device' : devices.map(({ name }) => name.toLowerCase()).join(', ')
    const { issuer } = fleet.issuer.settings
    telling.receipt(receipt, receipt === undefined ? undefined : readSignedReceipt(receipt, await keys, { issuer, what }))
    if (confirmed) for (const device of devices) if (device.state === 'leaving') Object.assign(device, { state: 'out', outMs })
    telling.news(confirmed ? { ...news, outcome: 'confirmed', outMs } : { ...news, outcome: 'pending' })
  }

  async function untilConfirmed({ location }: SignOutAnswer): Promise<void> {
    for (let tries = 0; location !== undefined && tries < 20; tries++) {
      const again = await fleet.issuer.askAgain(location)
      if (again?.confirmed) return note(again, world.monotonic())
    }
  }
}
