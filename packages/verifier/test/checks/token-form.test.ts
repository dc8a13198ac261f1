import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAuthorization } from '../../src/checks/token-form.ts'

test('RFC 6750 §2.1: the token behind `Bearer `, in any case, whatever it is; nothing there is no token, anything else another scheme', () => {
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
    assert.deepEqual(readAuthorization(`${scheme} a.b.c`), { token: 'a.b.c' })
    assert.deepEqual(readAuthorization(`${scheme} `), { problem: 'no_token' })
    assert.deepEqual(readAuthorization(scheme), { problem: 'no_token' })
  }
  assert.deepEqual(readAuthorization('Bearer  x'), { token: ' x' }, 'nothing is trimmed: this is no token, and the next check says so')
  assert.deepEqual(readAuthorization(''), { problem: 'no_token' })
  for (const header of ['Basic Bearer x', 'XBearer x', ' Bearer x', 'DPoP x', 'Bearer\tx', 'Bearers', 'Bearerx', 'xbearer', 'Basic'])
    assert.deepEqual(readAuthorization(header), { problem: 'scheme_wrong' }, header)
})
