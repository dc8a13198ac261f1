import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { OAuthError } from '../../src/errors.ts'
import { judged, ProtectError } from '../../src/mount/protect-error.ts'

test('TK-13: a refusal prints as one line with its reason, which no serialiser shows', () => {
  const error = new ProtectError(new OAuthError('csrf', 'no_header', { description: 'Send the header.' }))
  assert.equal(
    inspect(error),
    'ProtectError: Send the header. [403 csrf, no_header. To do: let the page send the header Curfew-Request: 1, with fetch; it must be of the issuer\'s own origin, or of one in "origins"]',
  )
  assert.doesNotMatch(JSON.stringify(error) + error.message + error.stack + String(error), /no_header/)
})

test('AD-6: where cookies are taken, a request without a token is told of both ways; a session that is over, to sign in', async () => {
  const verdict = {
    outcome: 'refused',
    status: 401,
    code: 'invalid_token',
    headers: {},
    description: 'An access token is needed.',
  } as const
  const { refusal } = await judged(Promise.resolve({ verdict: { ...verdict, reason: 'no_token' }, cookies: [], headers: {} }))
  assert.match(
    inspect(refusal),
    /there is no access token\. To do: sign in at the issuer, at \/account .* or send Authorization: Bearer …\]$/,
  )
  const { refusal: other } = await judged(Promise.resolve({ verdict: { ...verdict, reason: 'expired' }, cookies: [], headers: {} }))
  assert.match(inspect(other), /To do: refresh it;/)
  const over = await judged(Promise.reject(new OAuthError('session_ended', 'signed_out', { description: 'This session is over.' })))
  assert.match(inspect(over.refusal), /\[401 session_ended, signed_out\. To do: sign in again there\]$/)
})
