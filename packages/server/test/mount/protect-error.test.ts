import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { OAuthError } from '../../src/errors.ts'
import { ProtectError } from '../../src/mount/protect-error.ts'

test('TK-13: a refusal prints as one line with its reason, which no serialiser shows', () => {
  const error = new ProtectError(new OAuthError('csrf', 'no_header', { description: 'Send the header.' }))
  assert.equal(inspect(error), 'ProtectError: Send the header. [403 csrf, no_header]')
  assert.doesNotMatch(JSON.stringify(error) + error.message + error.stack + String(error), /no_header/)
})
