import type { World } from '../../world.ts'
import { type Device, makeDevices, noteWindow, signedIn } from './device.ts'
import type { Fleet, FleetService, Judged } from './fleet.ts'
import type { Tokens } from './issuer-client.ts'
import { signDevicesOut } from './sign-devices-out.ts'
import type { DeviceId, News, ReceiptState, ServiceState, StreetState, WindowState } from './street-state.ts'

/** One browser's street: its devices, and what the services said to them. */
export type Visit = {
  /** A sign-in that left for the issuer, by its `state`. */
  pending: Map<string, { nonce: string; verifier: string }>
  state(): StreetState
  /** Calls every service with every device's token once. */
  round(): Promise<void>
  signedIn(device: DeviceId, tokens: Tokens, person?: string): Promise<void>
  notSignedIn(why: string): void
  isKnown(): boolean
  /** Signs one device out, or all of them; false: it is not in. */
  signOut(device: DeviceId | 'everywhere'): Promise<boolean>
  /** The last receipt as the issuer signed it. */
  receipt(): string | undefined
  /** Called after every change; returns what calls it off. */
  onChange(run: () => void): () => void
}

type Counts = { answered: number; refused: number }

/** A token is renewed when so much of its life is left, in milliseconds. */
const renewBefore = 60_000
/** A sign-out that takes longer than this is shown as waiting. */
const unnoticed = 250

/** Opens a street for one browser. */
export function makeVisit(fleet: Fleet, here: string, world: Pick<World, 'monotonic' | 'after'>): Visit {
  const devices = makeDevices()
  const counts = new Map<string, Counts>(fleet.services.map(({ name }) => [name, { answered: 0, refused: 0 }]))
  const calling = new Set<string>()
  const listeners = new Set<() => void>()
  let person: string | undefined
  let news: News = { kind: 'nothing' }
  let receipt: ReceiptState | undefined
  let signedReceipt: string | undefined
  let latestAt: number | undefined

  const changed = () => {
    for (const run of listeners) run()
  }
  const tally = ({ name }: FleetService, judged: Judged) => {
    const count = counts.get(name)
    if (count && judged !== 'silent') count[judged === 'accepted' ? 'answered' : 'refused'] += 1
  }

  async function callAll(service: FleetService): Promise<void> {
    if (calling.has(service.name)) return // it has not answered the last round yet
    calling.add(service.name)
    await Promise.all(devices.map((device) => callOne(service, device)))
    calling.delete(service.name)
  }

  async function callOne(service: FleetService, device: Device): Promise<void> {
    const { tokens } = device
    if (!tokens) return
    const judged = await fleet.callAs(service, tokens.access)
    if (device.tokens !== tokens) return
    tally(service, judged)
    noteWindow(device, service.name, judged)
    if (judged === 'refused' && device.state === 'in' && !fleet.issuerAway()) await renew(device)
  }

  /** Rights that changed ask for a new token; a session that was ended elsewhere gives none. */
  async function renew(device: Device): Promise<void> {
    const { tokens } = device
    if (!tokens || device.renewing) return
    device.renewing = true
    const renewed = await fleet.issuer.refresh(tokens)
    device.renewing = false
    if (device.tokens !== tokens || device.state !== 'in' || !renewed) return
    if (!('failed' in renewed)) {
      device.tokens = renewed
      return
    }
    device.state = 'out'
    const before = news.kind === 'endedElsewhere' ? news.devices : []
    news = { kind: 'endedElsewhere', devices: devices.map(({ id }) => id).filter((id) => id === device.id || before.includes(id)) }
    changed()
  }

  async function renewOld(): Promise<void> {
    const old = devices.filter(({ state, tokens }) => state === 'in' && tokens && tokens.expiresAt - world.monotonic() < renewBefore)
    await Promise.all(old.map(renew))
  }

  async function round(): Promise<void> {
    await renewOld()
    await Promise.all(fleet.services.map(callAll))
    changed()
  }

  function window(device: Device, service: FleetService): WindowState {
    const seen = device.windows.get(service.name)
    if (device.state === 'never' || !seen) return { is: 'none' }
    const isLate = device.state === 'leaving' && world.monotonic() > device.since + unnoticed
    if (isLate && seen.is !== 'dark') {
      // The issuer's word, once there is one: it waits a little longer than the lease.
      const latestMs = latestAt === undefined ? fleet.seen(service).leaseMs : Math.max(0, latestAt - world.monotonic())
      return { is: 'asking', ...(latestMs !== undefined && { latestMs }) }
    }
    return seen
  }

  function serviceState(service: FleetService): ServiceState {
    const { name, kind, port } = service
    const { answered = 0, refused = 0 } = counts.get(name) ?? {}
    return { name, kind, port, answered, refused, ...fleet.seen(service), windows: devices.map((device) => window(device, service)) }
  }

  return {
    pending: new Map(),
    state: () => ({
      issuer: new URL(fleet.issuer.settings.issuer).host,
      here,
      ...(person !== undefined && { person }),
      issuerAway: fleet.issuerAway(),
      devices: devices.map(({ id, name, here, state, since, outMs }) => ({
        ...{ id, name, here, state },
        ...(state === 'in' && { inForMs: world.monotonic() - since }),
        ...(outMs !== undefined && { outMs }),
      })),
      services: fleet.services.map(serviceState),
      news,
      ...(receipt && { receipt }),
    }),
    round,
    async signedIn(id, tokens, name) {
      const device = devices.find((one) => one.id === id)
      if (!device) return
      signedIn(device, tokens, world.monotonic())
      if (name !== undefined) person = name
      news = { kind: 'nothing' }
      await round()
    },
    notSignedIn(why) {
      news = { kind: 'notSignedIn', why }
      changed()
    },
    isKnown: () => person !== undefined,
    async signOut(which) {
      const inside = devices.filter(({ state }) => state === 'in')
      const leaving = which === 'everywhere' ? inside : inside.filter(({ id }) => id === which)
      const [by] = leaving
      if (!by) return false
      await signDevicesOut(
        fleet,
        by,
        leaving,
        which === 'everywhere',
        { news: tell, receipt: keep, latest: (at) => (latestAt = at), tally },
        world,
      )
      changed()
      return true
    },
    receipt: () => signedReceipt,
    onChange(run) {
      listeners.add(run)
      return () => void listeners.delete(run)
    },
  }

  function tell(what: News): void {
    news = what
    changed()
  }

  function keep(signed: string | undefined, read: ReceiptState | undefined): void {
    signedReceipt = signed
    receipt = read && { ...read, verifiers: read.verifiers.toSorted((one, other) => houseNumber(one.name) - houseNumber(other.name)) }
    changed()
  }

  /** Rows of a receipt stand in the order of the street. */
  function houseNumber(name: string): number {
    const index = fleet.services.findIndex((service) => service.name === name)
    return index < 0 ? fleet.services.length : index
  }
}
