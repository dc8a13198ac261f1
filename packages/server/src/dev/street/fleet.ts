import type { World } from '../../world.ts'
import { type Caller, json } from './call.ts'
import type { IssuerClient } from './issuer-client.ts'

/** A running service process. */
export type FleetService = {
  /** Its file's name, its path, and the first half of the scope that it wants. */
  name: string
  /** The framework that it is written with. */
  kind: string
  port: number
  url: string
}

/** What a service last said about itself. */
export type Seen = { silent: boolean; leaseMs?: number; position?: number }

/** What a service made of one call. `503` is a refusal too: it has no lease, and could not ask. */
export type Judged = 'accepted' | 'refused' | 'silent'

/** The services and the issuer, as they are seen from outside. */
export type Fleet = {
  services: readonly FleetService[]
  issuer: IssuerClient
  seen(service: FleetService): Seen
  issuerAway(): boolean
  /** Asks every service how it stands, and the issuer whether it is there. A silent one is waited for for a moment only. */
  look(): Promise<void>
  /** Calls a service as a device would. */
  callAs(service: FleetService, access: string): Promise<Judged>
}

/** Longer than any healthy answer takes; short enough that a page need not wait. */
const patience = 400
const issuerEvery = 2000

/** Makes the fleet's eyes. */
export function makeFleet(
  services: readonly FleetService[],
  issuer: IssuerClient,
  { call }: Caller,
  world: Pick<World, 'monotonic'>,
): Fleet {
  type Noted = { leaseEnd?: number; position?: number; silent: boolean; asking: boolean }
  const noted = new Map<string, Noted>(services.map(({ name }) => [name, { silent: true, asking: false }]))
  let away = false
  let issuerAskedAt = Number.NEGATIVE_INFINITY

  async function ask(service: FleetService): Promise<void> {
    const note = noted.get(service.name)
    if (!note || note.asking) return // a silent one is not asked twice at once
    note.asking = true
    const answer = await call(`${service.url}/readyz`, { patience })
    note.asking = false
    note.silent = answer === undefined
    if (answer === undefined) return
    const { leaseLeft, position } = json(answer)
    if (typeof leaseLeft === 'number') note.leaseEnd = world.monotonic() + leaseLeft
    if (typeof position === 'number') note.position = position
  }

  async function askIssuer(): Promise<void> {
    if (world.monotonic() < issuerAskedAt + issuerEvery) return
    issuerAskedAt = world.monotonic()
    away = !(await issuer.answers())
  }

  return {
    services,
    issuer,
    issuerAway: () => away,
    seen({ name }) {
      const { silent = true, leaseEnd, position } = noted.get(name) ?? {}
      const left = leaseEnd === undefined ? 0 : leaseEnd - world.monotonic()
      return { silent, ...(left > 0 && { leaseMs: left }), ...(position !== undefined && { position }) }
    },
    look: async () => void (await Promise.all([askIssuer(), ...services.map(ask)])),
    async callAs({ url, name }, access) {
      const answer = await call(`${url}/${name}`, { bearer: access, patience })
      if (answer === undefined) return 'silent'
      return answer.status < 300 ? 'accepted' : 'refused'
    },
  }
}
