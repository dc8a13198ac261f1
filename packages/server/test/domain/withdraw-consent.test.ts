import assert from 'node:assert/strict'
import { test } from 'node:test'
import { redeemCode } from '../../src/domain/authorization-code.ts'
import { withdrawConsent } from '../../src/domain/ending.ts'
import * as samples from './oauth-samples.ts'
import { grant, t0, user } from './rows.ts'

const at = { now: t0, head: 12 }

test('RF-5: what a client was allowed is forgotten, and all that it got by that ends, one entry each', () => {
  const forget = { do: 'withdraw', sub: user().sub, clientId: 'shop' } as const
  const granted = [grant({ gid: 'a' }), grant({ gid: 'b', offline: true })]
  const end = (gid: string) => ({ do: 'end', what: { grant: gid }, why: 'consent_withdrawn' })
  assert.deepEqual(withdrawConsent({ user: user(), granted }, 'shop', 'consent_withdrawn', at), {
    ...{ outcome: 'ended', count: 2, kept: [] },
    effects: [forget, end('a'), end('b')],
  })
  assert.deepEqual(withdrawConsent({ user: user(), granted: [] }, 'shop', 'consent_withdrawn', at), {
    ...{ outcome: 'already', seq: 12, kept: [] },
    effects: [forget],
  })
  assert.deepEqual(withdrawConsent({ user: undefined, granted: [] }, 'shop', 'consent_withdrawn', at), {
    outcome: 'unknown',
    seq: 12,
    effects: [],
  })
})

test('RF-5: a code of before gets nothing any more; a client that is never asked for needs no consent', () => {
  const redeem = (consent: 'ask' | 'skip', allowed: boolean) =>
    redeemCode(
      {
        ...{
          code: samples.code(),
          session: samples.session(),
          grant: undefined,
          user: samples.user(),
          issuer: { cut: 0 },
          offline: [],
          allowed,
        },
        client: samples.client({ consent }),
      },
      { clientId: 'web', challenge: 'c'.repeat(43), issuer: 'https://id.test', gid: 'g'.repeat(22), jti: 'j'.repeat(22) },
      samples.at,
    )
  assert.deepEqual(redeem('ask', false), { outcome: 'consent_withdrawn', effects: [] })
  assert.deepEqual([redeem('ask', true).outcome, redeem('skip', false).outcome], ['redeemed', 'redeemed'])
})
