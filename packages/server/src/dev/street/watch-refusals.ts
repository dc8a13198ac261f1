import type { World } from '../../world.ts'
import { type Device, noteWindow } from './device.ts'
import type { Fleet, FleetService } from './fleet.ts'

/** Counts what services said. */
export type Tally = (service: FleetService, judged: 'accepted' | 'refused' | 'silent') => void

/**
 * From the click on, calls every service with the tokens that are being ended, one call after the other, until it refuses. A window's
 * milliseconds are when the first refused call *began*: what the service let in after that, it did not.
 */
export async function watchRefusals(
  fleet: Fleet,
  devices: readonly Device[],
  clicked: number,
  tally: Tally,
  world: Pick<World, 'monotonic' | 'after'>,
): Promise<void> {
  await Promise.all(fleet.services.map((service) => watch(fleet, service, devices, clicked, tally, world)))
}

const longest = 20_000
const breath = 1

async function watch(
  fleet: Fleet,
  service: FleetService,
  devices: readonly Device[],
  clicked: number,
  tally: Tally,
  world: Pick<World, 'monotonic' | 'after'>,
): Promise<void> {
  let left = devices.filter(({ tokens }) => tokens !== undefined)
  while (left.length > 0 && world.monotonic() < clicked + longest) {
    const still = await Promise.all(
      left.map(async (device) => {
        const { tokens } = device
        if (!tokens) return undefined
        const began = world.monotonic()
        const judged = await fleet.callAs(service, tokens.access)
        if (device.tokens !== tokens) return undefined // signed in again meanwhile
        tally(service, judged)
        noteWindow(device, service.name, judged, began - clicked)
        return judged === 'refused' ? undefined : device
      }),
    )
    left = still.filter((device) => device !== undefined)
    await new Promise<void>((resolve) => void world.after(breath, resolve)) // the issuer may live in this process
  }
}
