import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createVerifier } from '@curfew/verifier'
import { skip as noPostgres, startPostgres } from '../packages/server/test/store/postgres/server.ts'
import { ask, audience, freePort, missing, names, password, silent, startNode, startProxy, stopped } from './proxied.ts'

const skip = noPostgres || missing('nginx') || missing('haproxy')

/** As in the compose file: PostgreSQL, three nodes, a proxy. First nginx, then HAProxy at its address, before the same nodes. */
test('three nodes on PostgreSQL behind plain round robin: no sign-out waits, not while a node stops, nor while the proxy changes', {
  skip,
  timeout: 60_000,
}, async () => {
  const postgres = await startPostgres()
  after(() => postgres.close())
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const ports = [await freePort(), await freePort(), await freePort()] as const
  // One after the other: the first makes the tables.
  const nodes: Awaited<ReturnType<typeof startNode>>[] = []
  for (const at of ports) nodes.push(await startNode(`node-${at}`, issuer, at, postgres.url))
  const { key } = JSON.parse(await nodes[0]!.command('services', 'add', 'orders', '--json')) as { key: string }
  let proxy = await startProxy(names[0]!, port, ports)
  const verifiers = [1, 2, 3].map(() => createVerifier({ issuer, audience, key, logger: silent }))
  await Promise.all(verifiers.map((one) => one.ready()))

  const body = { identifier: 'ada', password, mode: 'token' }
  const { status, json } = await ask(issuer, 'POST', '/sign-up', { body })
  assert.equal(status, 201)
  const tokens = [json.access_token as string]
  while (tokens.length < 12) tokens.push((await ask(issuer, 'POST', '/session/sign-in', { body })).json.access_token)

  const outcomes = (token: string) => Promise.all(verifiers.map(async (one) => (await one.verify({ token, scope: 'orders:read' })).outcome))
  const took: number[] = []
  /** A sign-out through the proxy; once it has answered, nobody accepts. */
  const signOut = async (): Promise<void> => {
    const token = tokens.pop()!
    assert.deepEqual(await outcomes(token), ['accepted', 'accepted', 'accepted'])
    const begin = performance.now()
    const ended = await ask(issuer, 'POST', '/session/sign-out', { token })
    took.push(performance.now() - begin)
    assert.deepEqual([ended.status, ended.json.confirmed], [200, true], JSON.stringify(ended.json))
    assert.deepEqual(await outcomes(token), ['refused', 'refused', 'refused'])
  }
  for (let more = 0; more < 4; more++) await signOut()
  await stopped(proxy.child)
  proxy = await startProxy(names[1]!, port, ports)
  for (let more = 0; more < 4; more++) await signOut()
  const stopping = stopped(nodes[2]!.node)
  for (let more = 0; more < 4; more++) await signOut()
  assert.equal(await stopping, 0)

  took.sort((a, b) => a - b)
  // Without a wake-up it would be what is left of a hold of 1.5 s; without a verifier's taking up again, a lease of 5 s.
  assert.ok(took[6]! < 500 && took.at(-1)! < 3000, `sign-outs took ${took.map((one) => one.toFixed(0)).join(', ')} ms`)
  await Promise.all(verifiers.map((one) => one.close()))
})
