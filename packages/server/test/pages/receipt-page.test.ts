import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCurfew } from '../../src/create-curfew.ts'
import { reads } from './samples.ts'

test('S5: who follows the link of the page sees the page, programs get JSON', { timeout: 10_000 }, async () => {
  const issuer = 'http://localhost:4100'
  const secret = Buffer.from(Array.from({ length: 48 }, (_, index) => (index * 37) % 251)).toString('base64url')
  const curfew = createCurfew({ issuer, audience: 'https://api.example', database: ':memory:', secret })
  try {
    const { id, seq } = await curfew.end('everything')
    const get = (accept: string) =>
      curfew.fetch(new Request(`${issuer}/receipts/${id}`, { headers: { accept } }), { peer: { address: '127.0.0.1' } })

    // A confirmed outcome is written down after it was answered: asked for until it is there.
    while ((await get('application/json')).status === 404) await new Promise((turn) => setImmediate(turn))

    const page = await get('text/html,application/xhtml+xml,*/*;q=0.8')
    assert.equal(page.status, 200)
    assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'/)
    const text = reads(await page.text())
    assert.match(text, /You are signed out No service accepts this device any more\./)
    assert.match(text, new RegExp(`Number ${seq} `))

    const json = await get('application/json')
    assert.equal((await json.json()).confirmed, true)
  } finally {
    await curfew.close()
  }
})
