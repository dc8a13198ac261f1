import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCurfew } from '../src/index.ts'

const password = 'correct horse battery staple'

test('R1: a clean stop lets requests finish that are under way, and closes after them', async () => {
  const issuer = 'http://localhost:3999'
  const problems: object[] = []
  const quiet = { debug() {}, info() {}, warn() {}, error: (facts: object) => void problems.push(facts) }
  const curfew = createCurfew({ issuer, audience: 'https://api.test', database: ':memory:', accounts: { signUp: true }, logger: quiet })
  const call = async (path: string): Promise<number> => {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ identifier: 'ada', password, mode: 'token' })
    return (await curfew.fetch(new Request(issuer + path, { method: 'POST', headers, body }))).status
  }
  assert.equal(await call('/sign-up'), 201)
  // More than can be hashed at once.
  const signIns = Array.from({ length: 5 }, () => call('/session/sign-in'))
  const order: string[] = []
  const answered = Promise.all(signIns).then((statuses) => {
    order.push('answered')
    return statuses
  })
  await curfew.close().then(() => order.push('closed'))
  assert.deepEqual(await answered, [200, 200, 200, 200, 200])
  assert.deepEqual([order, problems], [['answered', 'closed'], []])
})
