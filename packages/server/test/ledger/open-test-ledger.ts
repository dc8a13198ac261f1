import type { FollowAnswer, FollowRequest } from '@curfew/verifier/wire'
import { type OpenLedger, openLedger } from '../../src/ledger/open-ledger.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import type { Ledger, Store, Stored } from '../../src/store/store.ts'
import { addService, put } from '../../src/testing/contract/fixtures.ts'
import { type TestWorld, testWorld } from '../../src/testing/fixed-clock.ts'
import type { Confirmed, Followed, Logger } from '../../src/use-cases/needs.ts'

/** A node over a real store, with a clock that the test moves. */
export interface TestLedger extends OpenLedger {
  readonly world: TestWorld
  readonly store: Store
  /** What was logged, as `level event`. */
  readonly logged: string[]
  /** One verifier asks, by default without being held. */
  ask(id: string, after: number, more?: Partial<FollowRequest> & { service?: string; closed?: AbortSignal }): Promise<Followed>
  /** Appends an entry. */
  append(): Promise<Stored>
  /** Confirms what `append` gave. */
  confirm(stored: Stored, wait?: number): Promise<Confirmed>
  /** Another node over the same store. */
  another(): OpenLedger
}

export const settings = { issuer: 'https://issuer.example', maxAccessLifetime: 300 }
export const leaseMs = 5000
/** D1, for that lease. */
export const waitMs = 5150

/** Opens one. `around` puts something between the node and the store's ledger. */
export async function openTestLedger(
  given: {
    path?: string
    leaseMs?: number
    services?: readonly string[]
    around?: (ledger: Ledger, world: TestWorld) => Partial<Ledger>
    world?: TestWorld
  } = {},
): Promise<TestLedger> {
  const world = given.world ?? testWorld()
  const logged: string[] = []
  const note =
    (level: string) =>
    (facts: object): void =>
      void logged.push(`${level} ${(facts as { event?: string }).event}`)
  const log: Logger = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }
  const inner = openSqlite(given.path ?? ':memory:', { world, leaseMs: given.leaseMs ?? leaseMs, log })
  const store: Store = given.around ? { ...inner, ledger: { ...inner.ledger, ...given.around(inner.ledger, world) } } : inner
  for (const id of given.services ?? ['orders']) await addService(store, { id })
  const open = (): OpenLedger => openLedger({ store, world, settings, log })
  const node = open()
  return {
    ...node,
    ...{ world, store, logged },
    ask(id, after, { service = 'orders', closed, ...more } = {}) {
      const request = { version: 1, id, after, hold: 0, on_lease_lost: 'introspect', ...more } as const
      return node.followers.follow({ service, local: false }, request, closed)
    },
    append: () => put(store, { do: 'stale', what: 'everything' }),
    confirm: (stored, wait) => node.confirmation.confirm({ what: { stale: {} }, stored, kept: [] }, wait),
    another: open,
  }
}

/** The answer, or a failed test. */
export function answerOf(followed: Followed): FollowAnswer {
  if (followed.outcome !== 'answer') throw new Error(`no answer but ${followed.outcome}`)
  return followed.answer
}

/** Whether a promise is still open, after all that can go on by itself has. */
export async function isOpen(promise: Promise<unknown>): Promise<boolean> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve))
  const open = Symbol('open')
  return (await Promise.race([promise, Promise.resolve(open)])) === open
}

/** All that can go on by itself goes on. */
export async function settled(): Promise<void> {
  await isOpen(Promise.resolve())
}
