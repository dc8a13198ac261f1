import { type Algorithm, importJwk, type VerifyingKey } from './jws/index.ts'
import { type Transport, TransportError } from './transport.ts'
import type { World } from './world.ts'

/** The issuer's public keys. */
export interface KeySet {
  /** The key of this id, among those that are here. */
  find(kid: string): VerifyingKey | undefined
  /** Whether asking the issuer for its keys is worth while: not within the cool-down after the last time. */
  mayFetch(): boolean
  /** Fetches the keys, one fetch at a time; resolves when it is over, also when it failed. */
  fetch(): Promise<void>
  /** Why the last fetch failed; undefined if it did not. */
  problem(): string | undefined
  /** A key was ended in the ledger: it is not kept until the next fetch. */
  drop(kid: string): void
}

const coolDown = 5_000
const coolDownWhenEmpty = 500
const freshFor = 600_000
const patience = 5_000
const mostKeys = 100

/** Makes an empty key set. */
export function makeKeySet(needs: { transport: Transport; world: World; algorithms: readonly Algorithm[] }): KeySet {
  const { transport, world, algorithms } = needs
  let keys: ReadonlyMap<string, VerifyingKey> = new Map()
  const dropped = new Set<string>()
  let fetchedAt = Number.NEGATIVE_INFINITY
  let underWay: Promise<void> | undefined
  let problem: string | undefined = 'the keys were not fetched yet'

  const mayFetch = () => underWay !== undefined || world.monotonic() - fetchedAt >= (keys.size === 0 ? coolDownWhenEmpty : coolDown)

  const fetch = (): Promise<void> => {
    underWay ??= fetchOnce().finally(() => {
      underWay = undefined
    })
    return underWay
  }

  const fetchOnce = async (): Promise<void> => {
    fetchedAt = world.monotonic()
    const controller = new AbortController()
    let cancel = () => {}
    const late = new Promise<never>((_, reject) => {
      cancel = world.after(patience, () => {
        reject(new TransportError('the keys did not come in time'))
        controller.abort()
      })
    })
    try {
      const answer = await Promise.race([transport.keys(controller.signal), late])
      if (answer.status !== 200) throw new TransportError(`the keys were answered with ${answer.status}`)
      keys = readKeySet(answer.body, algorithms, dropped)
      problem = keys.size === 0 ? 'the key set has no key that can be used' : undefined
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error) // the set from before is kept (JK-4)
    } finally {
      cancel()
    }
  }

  return {
    find(kid) {
      // A key that the issuer took off its list is noticed without anybody waiting for it.
      if (keys.size > 0 && world.monotonic() - fetchedAt > freshFor) void fetch()
      return keys.get(kid)
    },
    mayFetch,
    fetch,
    problem: () => problem,
    drop(kid) {
      if (dropped.size < 10_000) dropped.add(kid)
      if (keys.has(kid)) keys = new Map([...keys].filter(([each]) => each !== kid))
    },
  }
}

/** Reads a key set. RFC 7517 §5. Keys that are of no use are passed over; a `kid` that occurs twice names neither (RFC 7517 §4.5). */
export function readKeySet(
  body: unknown,
  algorithms: readonly Algorithm[],
  dropped: ReadonlySet<string> = new Set(),
): ReadonlyMap<string, VerifyingKey> {
  const list = typeof body === 'object' && body !== null ? (body as { keys?: unknown }).keys : undefined
  if (!Array.isArray(list) || list.length > mostKeys) throw new TransportError('the key set is not a list of at most 100 keys')
  const keys = new Map<string, VerifyingKey>()
  const seen = new Set<unknown>()
  for (const jwk of list) {
    const kid = typeof jwk === 'object' && jwk !== null ? (jwk as { kid?: unknown }).kid : undefined
    if (seen.has(kid)) keys.delete(kid as string)
    else {
      const read = importJwk(jwk)
      if (!('problem' in read) && algorithms.includes(read.alg) && !dropped.has(read.kid))
        keys.set(read.kid, { key: read.key, alg: read.alg })
    }
    seen.add(kid)
  }
  return keys
}
