const { once } = require('node:events')
const { makeTestIssuer } = require('@curfew/verifier/testing')
const { makeApp } = require('../orders.mjs')

let issuer
let verifier
let server

beforeEach(async () => {
  issuer = makeTestIssuer()
  verifier = issuer.verifier()
  await verifier.ready()
  server = makeApp({ verifier }).listen(0)
  await once(server, 'listening')
})
afterEach(async () => {
  await verifier.close()
  server.close()
})

async function ask(token, method = 'GET') {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return (await fetch(`http://127.0.0.1:${server.address().port}/orders`, { method, headers })).status
}

test('lets in whoever has the scope, and nobody else', async () => {
  expect(await ask()).toBe(401)
  expect(await ask(issuer.token({ scope: 'orders:read' }))).toBe(200)
  expect(await ask(issuer.token({ scope: 'other' }))).toBe(403)
})

test('does not let in after the sign-out', async () => {
  const sid = 'c2Vzc2lvbi1vZi1hZGEtMQ'
  const token = issuer.token({ scope: 'orders:read', sid })
  expect(await ask(token)).toBe(200)
  await issuer.end({ sid })
  expect(await ask(token)).toBe(401)
})
