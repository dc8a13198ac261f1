import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkFreshness } from '../../src/checks/freshness.ts'
import type { AccessTokenClaims } from '../../src/wire/index.ts'

const signedIn = (auth_time?: number) => ({ ...(auth_time !== undefined && { auth_time }) }) as AccessTokenClaims

test('RFC 9470: a sign-in is fresh up to and including its age in seconds, not a millisecond longer; one of an unknown time never', () => {
  assert.equal(checkFreshness(signedIn(1000), 300, 1_300_000), undefined)
  assert.equal(checkFreshness(signedIn(1000), 300, 1_300_001), 'authentication_too_old')
  assert.equal(checkFreshness(signedIn(1000), 0, 1_000_000), undefined)
  assert.equal(checkFreshness(signedIn(), 300, 100_000), 'authentication_too_old')
  assert.equal(checkFreshness(signedIn(), Number.POSITIVE_INFINITY, 1_000_000), 'authentication_too_old')
})
