import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createVerifier } from '@curfew/verifier'
import { createCurfew } from 'curfew'
import express from 'express'
import { ask, audience, freePort, missing, names, password, secret, silent, startNode, startProxy, stopped } from './proxied.ts'

// The longest hold that there is; in the short form one that is longer than a lease.
const hold = process.env.CURFEW_FULL ? 15_000 : 6_000

describe('real proxies, by the files of deploy/', { concurrency: true, timeout: 60_000 }, () => {
  for (const name of names) {
    describe(name, { skip: missing(name), concurrency: true }, () => {
      test('before `curfew serve`: a sign-out confirms at once, a hold is not cut, tries are limited, and a stop is clean', async () => {
        const [port, node] = [await freePort(), await freePort()]
        const issuer = `http://127.0.0.1:${port}`
        const { node: served, command } = await startNode(`serve-${name}`, issuer, node)
        const { at } = await startProxy(name, port, [node, node, node])
        const { key } = JSON.parse(await command('services', 'add', 'orders', '--json')) as { key: string }

        const verifier = createVerifier({ issuer, audience, key, logger: silent })
        await verifier.ready()
        const body = { identifier: 'ada', password, mode: 'token' }
        const from = { from: '127.0.0.2', headers: { 'x-forwarded-for': '6.6.6.6' } }
        const signedUp = await ask(issuer, 'POST', '/sign-up', { ...from, body })
        assert.equal(signedUp.status, 201)
        const tokens: string[] = [signedUp.json.access_token]
        for (let more = 0; more < 4; more++)
          tokens.push((await ask(issuer, 'POST', '/session/sign-in', { ...from, body })).json.access_token)

        // LG-6: the person's address, by the proxy that is named; not what the caller says, and not the proxy's.
        const devices = await ask(issuer, 'GET', '/sessions', { token: tokens[0]! })
        assert.deepEqual([...new Set(devices.json.sessions.map((one: { address: string }) => one.address))], ['127.0.0.2'])

        const took: number[] = []
        for (const token of tokens) {
          assert.equal((await verifier.verify({ token, scope: 'orders:read' })).outcome, 'accepted')
          const begin = performance.now()
          const ended = await ask(issuer, 'POST', '/session/sign-out', { token })
          took.push(performance.now() - begin)
          assert.deepEqual([ended.status, ended.json.confirmed], [200, true])
          assert.equal((await verifier.verify({ token, scope: 'orders:read' })).outcome, 'refused')
        }
        // Without its wake-up, each would wait for what is left of a hold of 1.5 s.
        assert.ok(took.toSorted((a, b) => a - b)[2]! < 500, `sign-outs took ${took.map((one) => one.toFixed(0)).join(', ')} ms`)

        const begin = performance.now()
        const held = await follow(issuer, key, hold)
        const seconds = (performance.now() - begin) / 1000
        assert.equal(held.status, 200)
        assert.ok(seconds >= hold / 1000 - 0.1, `held for ${seconds} s`)

        const tries = await Promise.all(
          Array.from({ length: 60 }, () => ask(issuer, 'POST', '/session/sign-in', { body: { mode: 'token' } })),
        )
        assert.deepEqual([...new Set(tries.map(({ status }) => status))].sort(), [400, 429])
        assert.equal((await ask(issuer, 'GET', '/readyz')).status, 200)
        if (name === 'nginx') await loggedWithoutQuery(issuer, join(at, 'access.log'))

        // The verifier is held while the node stops, and the proxy has connections open: neither keeps it.
        const stop = performance.now()
        assert.equal(await stopped(served), 0)
        assert.ok(performance.now() - stop < 4000)
        await verifier.close()
      })

      test('before a mounted issuer that trusts one proxy: the caller is who is on the line, not who it says to be', async () => {
        const [port, node] = [await freePort(), await freePort()]
        const issuer = `http://127.0.0.1:${port}`
        const curfew = createCurfew({ issuer, audience, database: ':memory:', secret, accounts: { signUp: true } })
        const app = express()
        app.set('trust proxy', 1)
        app.get('/readyz', (_request, response) => void response.end()) // only `curfew serve` has one of its own
        app.use(curfew.express())
        const server = app.listen(node, '127.0.0.1')
        await once(server, 'listening')
        try {
          await startProxy(name, port, [node, node, node])
          const from = { from: '127.0.0.2', headers: { 'x-forwarded-for': '6.6.6.6' } }
          const { json } = await ask(issuer, 'POST', '/sign-up', { ...from, body: { identifier: 'ada', password, mode: 'token' } })
          const devices = await ask(issuer, 'GET', '/sessions', { token: json.access_token })
          assert.deepEqual(
            devices.json.sessions.map((one: { address: string }) => one.address),
            ['127.0.0.2'],
          )
        } finally {
          server.close()
          server.closeAllConnections()
          await curfew.close()
        }
      })
    })
  }
})

/** nginx writes a line after the answer is out: it is read once the next request's is there, too. */
async function loggedWithoutQuery(issuer: string, file: string): Promise<void> {
  await ask(issuer, 'GET', '/end-session?id_token_hint=canary')
  for (let more = 0; more < 100 && !readFileSync(file, 'utf8').includes('GET /end-session"'); more++) await ask(issuer, 'GET', '/healthz')
  const log = readFileSync(file, 'utf8')
  assert.match(log, /GET \/end-session"/)
  assert.doesNotMatch(log, /canary/)
}

/** One request to follow, as the wire has it, after the newest entry. */
async function follow(issuer: string, key: string, milliseconds: number): Promise<{ status: number }> {
  const authorization = `Basic ${Buffer.from(`orders:${key.slice(-43)}`).toString('base64')}`
  const body = { version: 1, id: Buffer.alloc(16, 7).toString('base64url'), on_lease_lost: 'introspect' }
  const cold = await ask(issuer, 'POST', '/ledger/follow', { headers: { authorization }, body: { ...body, after: 0, hold: 0 } })
  assert.equal(cold.status, 200)
  return ask(issuer, 'POST', '/ledger/follow', {
    headers: { authorization },
    body: { ...body, after: cold.json.up_to, hold: milliseconds },
  })
}
