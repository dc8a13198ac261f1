import type { Service } from '../domain/service.ts'
import type { Services } from '../use-cases/needs.ts'

/** How a service stands: who follows for it, how far, and for how long each may go on alone. */
export interface ServiceStanding {
  readonly service: string
  readonly audience: string
  readonly checks: Service['checks']
  /** In the issuer's own process: it follows only where the application protects something. */
  readonly own: boolean
  readonly refused: boolean
  readonly verifiers: number
  /** Of those, how many have not acknowledged the number that was asked about. */
  readonly behind: number
  /** Of those, how many have no lease: they accept nothing on their own. */
  readonly silent: number
  /** The longest lease, and the lowest position. */
  readonly lease_ms: number
  readonly position: number
}

type Ledger = Awaited<ReturnType<Services['store']['ledger']['rows']>>

/** How each service stands; `seq`: the number that they should have. */
export function standings(services: readonly Service[], ledger: Ledger, now: number, seq: number = ledger.head): ServiceStanding[] {
  const { rows, head, leaseMs } = ledger
  const left = ({ seen }: Ledger['rows'][number]): number => Math.max(0, seen + leaseMs - now)
  return services.map(({ id, audience, checks, secret, refused }) => {
    const own = rows.filter(({ service }) => service === id)
    return {
      service: id,
      ...{ audience, checks, refused, own: secret === undefined },
      verifiers: own.length,
      behind: own.filter(({ acked }) => acked < seq).length,
      silent: own.filter((row) => left(row) === 0).length,
      lease_ms: Math.max(0, ...own.map(left)),
      position: Math.min(head, ...own.map(({ acked }) => acked)),
    }
  })
}

/** The same for the services that have one of these audiences. */
export async function standingsOf(audiences: readonly string[], { store }: Services, seq?: number): Promise<ServiceStanding[]> {
  const [services, ledger] = await Promise.all([store.lists.services(), store.ledger.rows()])
  const { at } = await store.begin({ kind: 'head' }) // `seen` is by the database's clock
  return standings(
    services.filter(({ audience }) => audiences.includes(audience)),
    ledger,
    at.now,
    seq,
  )
}
