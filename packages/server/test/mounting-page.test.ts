import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import express, { type ErrorRequestHandler } from 'express'
import { createCurfew } from '../src/index.ts'
import { routes } from '../src/routes.ts'

const page = readFileSync(new URL('../../../docs/mounting.md', import.meta.url), 'utf8')
const section = /^## Paths\n([\s\S]*?)^## /m.exec(page)?.[1] ?? ''

test('docs/mounting.md names every path that a mounted Curfew claims, and what claims it', () => {
  const none = { signUp: false, ownAccounts: false, mail: false, mailLink: false, serve: false }
  const pathsOf = (has: object): string[] => [...new Set(routes({ ...none, ...has }).map(({ path }) => path))]
  const always = pathsOf({})
  const more = (has: object): string[] => pathsOf(has).filter((path) => !always.includes(path))
  const told = new Map<string, string[]>()
  let of = ''
  for (const [, first = '', cell = ''] of section.matchAll(/^\| (.*?) ?\| (`\/.*) \|$/gm)) {
    of = first || of
    told.set(of, [...(told.get(of) ?? []), ...[...cell.matchAll(/`(\/[^`]*)`/g)].map(([, path = '']) => path)])
  }
  const sorted = (given: Iterable<readonly [string, readonly string[]]>) => [...given].map(([name, paths]) => [name, paths.toSorted()])
  assert.deepEqual(
    sorted(told),
    sorted([
      ['any settings', always],
      ['`accounts: { signUp: true }`', more({ signUp: true })],
      ['the built-in accounts', more({ ownAccounts: true })],
      ['`mail`', more({ mail: true })],
      ['`accounts.mailLink`', more({ mailLink: true })],
    ]),
  )
})

// As the page has it, to the letter: types stand beside the function only.
const toAccount: ErrorRequestHandler = (error, request, response, next) => {
  const isOut = error.code === 'invalid_token' || error.code === 'session_ended'
  if (!isOut || request.method !== 'GET' || request.accepts(['json', 'html']) !== 'html') return next(error)
  response.redirect(303, '/account') // below your `basePath`, if you have one
}

test('the recipe of docs/mounting.md sends a browser to the sign-in page, and nobody else (AZ-21: never to where a request says)', async () => {
  assert.ok(page.includes(`const toAccount: ErrorRequestHandler = ${toAccount}\n`), 'the page has this recipe')
  const curfew = createCurfew({
    ...{ issuer: 'http://localhost:3000', audience: 'https://api.test', database: ':memory:', control: false },
    accounts: { signUp: true },
  })
  const refused: ErrorRequestHandler = (error, _request, response, _next) => {
    response.status(error.status ?? 500).json({ error: error.code })
  }
  const app = express()
  app.use(curfew.express())
  app.get(/private/, curfew.protect())
  app.post('/private', curfew.protect())
  app.use(toAccount)
  app.use(refused)
  const server = createServer(app).listen(0, '127.0.0.1')
  after(async () => {
    server.close()
    await curfew.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }
  const ask = async (path: string, headers: Record<string, string>, method = 'GET') => {
    const answer = await fetch(at + path, { method, headers, redirect: 'manual' })
    return [answer.status, answer.headers.get('location')]
  }
  const there = [303, '/account']
  assert.deepEqual(await ask('/private', browser), there)
  assert.deepEqual(await ask('//evil.test/private?next=https://evil.test', browser), there)
  assert.deepEqual(await ask('/private', { ...browser, cookie: `curfew=${'x'.repeat(43)}` }), there)
  for (const headers of [{}, { accept: '*/*' }, { accept: 'application/json' }])
    assert.deepEqual(await ask('/private', headers), [401, null])
  assert.deepEqual(await ask('/private', browser, 'POST'), [401, null])
  const signIn = await fetch(`${at}/account`, { headers: browser })
  assert.deepEqual([signIn.status, signIn.headers.get('content-type')], [200, 'text/html; charset=utf-8'])
})
