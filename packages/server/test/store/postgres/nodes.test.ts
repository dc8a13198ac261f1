import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { createVerifier, type Verifier } from '@curfew/verifier'
import pg from 'pg'
import { openOffline } from '../../../src/create-curfew.ts'
import { type Curfew, createCurfew } from '../../../src/index.ts'
import { type PostgresServer, skip, startPostgres } from './server.ts'

const password = 'correct horse battery staple'
const key = `cfk_api_${randomBytes(32).toString('base64url')}`
const quiet = { debug() {}, info() {}, warn() {}, error() {} }

describe('three nodes on one PostgreSQL, behind a plain round robin', { skip }, () => {
  const secret = randomBytes(48).toString('base64url')
  let database: PostgresServer
  let balancer: Server
  let pool: pg.Pool
  let issuer = ''
  const nodes: Curfew[] = []
  const verifiers: Verifier[] = []
  let turn = 0

  const node = (connection: string | pg.Pool): Curfew =>
    createCurfew({
      ...{ issuer, audience: 'https://api.test', database: connection, secret, accounts: { signUp: true }, logger: quiet },
      services: [{ id: 'api', audience: 'https://api.test', key }],
    })
  const call = async (
    path: string,
    body: object,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: Record<string, unknown> }> => {
    const answer = await fetch(issuer + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'curfew-request': '1', ...headers },
      body: JSON.stringify(body),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  const signIn = async (): Promise<{ access_token: string; refresh_token: string }> =>
    (await call('/session/sign-in', { identifier: 'ada', password, mode: 'token' })).body as never
  const signOut = (token: string) => call('/session/sign-out', {}, { authorization: `Bearer ${token}` })

  before(async () => {
    database = await startPostgres()
    balancer = createServer((request, response) => {
      turn += 1
      nodes[turn % nodes.length]!.node(request, response)
    })
    balancer.listen(0, '127.0.0.1')
    await once(balancer, 'listening')
    issuer = `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`
    pool = new pg.Pool({ connectionString: database.url })
    // Two with a pool of their own, one mounted in an application that has one.
    nodes.push(node(database.url), node(database.url), node(pool))
    await Promise.all(nodes.map((each) => each.ready()))
    for (let index = 0; index < 3; index += 1) {
      verifiers.push(createVerifier({ issuer, audience: 'https://api.test', key, logger: quiet }))
    }
  })
  after(async () => {
    await Promise.all(verifiers.map((each) => each.close()))
    await Promise.all(nodes.map((each) => each.close()))
    await pool.end()
    balancer.close().closeAllConnections()
    await database.close()
  })

  test('a sign-out is confirmed by verifiers that are at any node, without waiting for a poll; each refuses from then on', async () => {
    assert.equal((await call('/sign-up', { identifier: 'ada', password, mode: 'token' })).status, 201)
    // Verifiers at every node, and one in the process of each.
    const own = nodes.map((each) => each.verifier())
    await Promise.all([...own, ...verifiers].map((each) => each.ready()))
    const took: number[] = []
    for (let round = 0; round < 12; round += 1) {
      const { access_token: token } = await signIn()
      for (const each of [...own, ...verifiers]) {
        const verdict = await each.verify({ token })
        assert.equal(verdict.outcome, 'accepted', JSON.stringify(verdict))
      }
      const { status, body } = await signOut(token)
      assert.deepEqual([status, body.confirmed], [200, true], JSON.stringify(body))
      took.push(Number(body.took_ms))
      for (const each of [...own, ...verifiers]) assert.equal((await each.verify({ token })).outcome, 'refused')
    }
    const [median] = took.toSorted((a, b) => a - b).slice(took.length / 2)
    assert.ok(median! < 200, `${took}`)
  })

  test('the command line opens the database itself: it sees verifiers, and ends what is refused everywhere then', async () => {
    const { access_token: token } = await signIn()
    const { services, close } = await openOffline(database.url, { logger: quiet, secret })
    try {
      const { rows } = await services.store.ledger.rows()
      assert.ok(rows.length >= 3, `${rows.length}`)
    } finally {
      await close()
    }
    assert.equal((await signOut(token)).status, 200)
  })

  test('nodes stop one after the other: nobody is refused, and sign-outs wait for nothing', async () => {
    const { access_token: first, refresh_token: refresh } = await signIn()
    const [gone] = nodes.splice(0, 1)
    await gone!.close()
    const refreshed = await call('/session/refresh', { refresh_token: refresh })
    assert.equal(refreshed.status, 200, JSON.stringify(refreshed))
    const { body } = await signOut(first)
    assert.equal(body.confirmed, true)
    assert.ok(Number(body.took_ms) < 1_000, `${body.took_ms}`)
  })
})
