import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultLimits } from '../../src/domain/limits.ts'
import { OAuthError } from '../../src/errors.ts'
import { realWorld } from '../../src/real-world.ts'
import type { Load, Store } from '../../src/store/store.ts'
import { openLimiter } from '../../src/use-cases/limiter.ts'

/** A limiter over a store that answers when it is told to, and knows how often it was asked. */
function slow() {
  let asked = 0
  const gate = Promise.withResolvers<void>()
  const update = async (_load: Load, decide: (held: never, at: { now: number; head: number }) => object) => {
    asked += 1
    await gate.promise
    return decide(new Map() as never, { now: 0, head: 0 })
  }
  const limiter = openLimiter({
    limits: defaultLimits,
    proxies: { networks: [], header: 'x-forwarded-for' },
    store: { update } as unknown as Pick<Store, 'update'>,
    world: realWorld(),
    keyOf: (name, what) => `${name} ${what}`,
  })
  return { limiter, asked: () => asked, open: gate.resolve }
}

const waitOf = (error: unknown): string | undefined =>
  error instanceof OAuthError && error.code === 'too_many_requests' ? error.headers['retry-after'] : undefined

test('LG-2, RL-2: of what one network sends at once no more waits for the database than may be let in, so that nobody waits behind the rest', async () => {
  const { limiter, asked, open } = slow()
  const waits: unknown[] = []
  const flood = Array.from({ length: 5_000 }, (_, nth) =>
    limiter.signIn({ identifier: `name-${nth}`, address: '203.0.113.7' }).catch((error: unknown) => waits.push(waitOf(error))),
  )
  await new Promise(setImmediate)
  assert.equal(asked(), defaultLimits.signInsFromNetwork.burst)
  assert.deepEqual(new Set(waits), new Set(['1']))
  const other = limiter.signIn({ identifier: 'ada', address: '198.51.100.1' })
  assert.equal(asked(), defaultLimits.signInsFromNetwork.burst + 1, 'another network is asked about')
  open()
  await Promise.all([...flood, other])
  // What was asked about is forgotten: the store alone knows.
  await limiter.signIn({ identifier: 'ada', address: '203.0.113.7' })
})

test('TK-4, RL-2: of wrong secrets that come at once no more are counted than count', async () => {
  const { limiter, asked, open } = slow()
  const failed = Array.from({ length: 5_000 }, () => limiter.clientFailures({ id: 'web', address: '203.0.113.7' }).add())
  await new Promise(setImmediate)
  assert.equal(asked(), defaultLimits.clientFailures.burst)
  open()
  await Promise.all(failed)
})
