import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { call } from '../calling.ts'
import { codeFor, openIssuer, otherAudience, redeem, secret, services, signUp } from '../clients.ts'

const back = 'https://app.test/back'
const running = await openIssuer({
  clients: [{ id: 'app-client', secret, redirectUris: [back], scopes: ['openid', 'offline_access'], consent: 'skip' }],
  services,
  session: { client: 'app-client' },
})
after(() => running.close())
await signUp(running, 'ada')

test('RFC 9068 §4: a token of the first-party client that is for another service has no power at the session API', async () => {
  for (const scope of ['openid', 'openid offline_access']) {
    for (const [resource, status] of [
      [undefined, 200],
      [otherAudience, 401],
    ] as const) {
      const got = await codeFor(running, 'ada', { client_id: 'app-client', redirect_uri: back, scope, resource })
      const { body } = await redeem(running, got, { redirect_uri: back, resource }, { id: 'app-client', secret })
      const authorization = `Bearer ${body.access_token}`
      assert.equal((await call(running.issuer, 'GET', '/sessions', undefined, { authorization })).status, status)
      // What that service was shown it could show here.
      const signedOut = await call(running.issuer, 'POST', '/session/sign-out', undefined, { authorization })
      assert.equal(signedOut.status, status)
    }
  }
})
