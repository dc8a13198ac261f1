import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type MailSetup, type OpenMail, openMail } from '../../src/accounts/open-mail.ts'
import { readConfig } from '../../src/config.ts'
import { askServer } from '../../src/control/ask-server.ts'
import { OAuthError } from '../../src/errors.ts'
import { type TestWorld, testWorld } from '../../src/testing/fixed-clock.ts'
import { call, signedUp } from '../endpoints/calling.ts'
import { open } from '../endpoints/running.ts'
import { startMailServer } from './mail-server.ts'

const letter = {
  kind: 'reset',
  to: 'ada@example.com',
  name: 'Ada O’Neil',
  link: 'https://id.test/new-password?token=a&b',
  minutes: 30,
} as const

function opened(transport: MailSetup['transport'], folder = ''): OpenMail & { world: TestWorld; lines: object[] } {
  const { settings } = readConfig({ issuer: 'https://id.test', audience: 'https://api.test', database: ':memory:' })
  const lines: object[] = []
  const write = (facts: object) => void lines.push(facts)
  const world = testWorld()
  const log = { debug: write, info: write, warn: write, error: write }
  const setup = { transport, from: 'Id <login@id.test>', signsIn: false, pages: {}, folder }
  return { ...openMail(setup, { settings, world, log }), world, lines }
}

async function server(t: TestContext): ReturnType<typeof startMailServer> {
  const one = await startMailServer()
  t.after(() => one.close())
  return one
}

test('a mail has a plain text and an HTML that fetches nothing; a link is escaped', async (t) => {
  const mails = await server(t)
  const { mailer, stop } = opened(mails.url)
  await mailer.send(letter)
  const { raw, subject } = await mails.next('ada@example.com')
  assert.equal(subject, 'A new password for id.test')
  assert.match(raw, /Content-Type: text\/plain/)
  assert.match(raw, /Choose a new password:\nhttps:\/\/id\.test\/new-password\?token=a&b\n/)
  const html = raw.slice(raw.indexOf('<!doctype html>'))
  assert.match(html, /Hello Ada O’Neil,/)
  assert.match(html, /href="https:\/\/id\.test\/new-password\?token=a&amp;b"/)
  assert.doesNotMatch(html, /<img|<script|<link|src=|url\(/)
  await stop(1000)
})

test('nobody can have a text of their own mailed to a stranger: what is no name is left out', async (t) => {
  const mails = await server(t)
  const { mailer, stop } = opened(mails.url)
  for (const name of ['Ada <b>', 'You won at evil.test', 'http://evil', 'x'.repeat(41), 'a\nb', '+1 555 0100']) {
    await mailer.send({ ...letter, name })
    assert.match((await mails.next('ada@example.com')).raw, /\n\nHello,\n/, name)
  }
  await stop(1000)
})

test('a server that is busy is tried once more; what fails for good is logged without its link', async (t) => {
  const mails = await server(t)
  const { mailer, stop, world, lines } = opened(mails.url)
  mails.refuse('451 busy')
  const sent = mailer.send(letter)
  while (world.timers === 0) await new Promise((resolve) => setImmediate(resolve))
  await world.pass(5000)
  await sent
  assert.equal(mails.mails.length, 1)

  mails.refuse('550 no such mailbox')
  mails.refuse('550 no such mailbox')
  const { promise: logged, resolve } = Promise.withResolvers<void>()
  mailer.later(() => mailer.send(letter).finally(resolve))
  while (world.timers === 0) await new Promise((turn) => setImmediate(turn))
  await world.pass(5000)
  await logged.catch(() => undefined)
  await stop(0)
  assert.match(JSON.stringify(lines), /mail\.failed.*550 no such mailbox/)
  assert.doesNotMatch(JSON.stringify(lines), /token|new-password/)
})

test('PR-1, RL-1: what a mail is about is looked at after the answer; beyond a bound nothing more is promised', async () => {
  const order: string[] = []
  const { mailer, stop } = opened(async () => undefined)
  mailer.later(async () => order.push('work'))
  order.push('answer')
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
  for (let n = 0; n < 999; n += 1) mailer.later(() => held)
  assert.throws(
    () => mailer.later(async () => undefined),
    (error) => error instanceof OAuthError && error.code === 'temporarily_unavailable' && error.headers['retry-after'] === '5',
  )
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(order, ['answer', 'work'])
  letGo()
  await stop(1000)
})

test('R1: a clean stop waits for what is under way, so long and no longer', async () => {
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
  const { mailer, stop, world } = opened(() => held)
  let isSent = false
  mailer.later(async () => {
    await mailer.send(letter)
    isSent = true
  })
  const stopped = stop(1000)
  letGo()
  await stopped
  assert.equal(isSent, true)
  assert.throws(() => mailer.later(async () => undefined), OAuthError)

  const stuck = opened(() => new Promise(() => undefined))
  stuck.mailer.later(() => stuck.mailer.send(letter))
  const over = stuck.stop(1000)
  await stuck.world.pass(1000)
  await over
  assert.equal(world.timers, 0)
})

test('in development mails land in a folder that only its owner reads, and on the console', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-mail-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const said: string[] = []
  t.mock.method(process.stderr, 'write', (text: string) => said.push(text) > 0)
  const { mailer } = opened('folder', join(folder, 'mails'))
  await mailer.send({ ...letter, to: '../../ada@example.com' })
  const names = readdirSync(join(folder, 'mails'))
  assert.equal(names.length, 2)
  const text = names.find((name) => name.endsWith('.txt')) ?? ''
  assert.match(text, /^2026-01-01T.*-1-.*ada@example\.com\.txt$/)
  assert.match(readFileSync(join(folder, 'mails', text), 'utf8'), /^From: Id.*\nTo: .*\nSubject: A new password[\s\S]*token=a&b/)
  assert.match(said.join(''), /token=a&b/)
  if (process.platform !== 'win32') assert.equal(statSync(join(folder, 'mails', text)).mode & 0o077, 0)
})

test('PR-1: why no mail was sent is on the console in development, and nowhere else', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-mail-'))
  t.after(() => rmSync(folder, { recursive: true }))
  assert.equal(opened(async () => undefined).mailer.unsent, undefined)
  const said: string[] = []
  t.mock.method(process.stderr, 'write', (text: string) => said.push(text) > 0)
  const running = await open({ mail: 'folder', database: join(folder, 'a.db'), accounts: { signUp: true }, control: true })
  t.after(() => running.close())
  const ask = async (identifier: string): Promise<string> => {
    const from = said.length
    const answer = await call(running.issuer, 'POST', '/password/forgotten', { identifier })
    assert.deepEqual([answer.status, answer.body], [202, {}])
    while (said.length === from) await new Promise((resolve) => setImmediate(resolve))
    return said.slice(from).join('')
  }
  await signedUp(running, 'ada')
  assert.equal(await ask('ada'), 'no mail: "ada" has no mail address. To give them one: curfew users mail ada ADDRESS\n')
  assert.equal(await ask('bob\n\u001b[2J'), 'no mail: nobody is called "bob\\n\\u001b[2J", and nobody has that address\n')

  const control = (name: string, args: Record<string, unknown>) => askServer(`${join(folder, 'a.db')}.control/socket`, name, args)
  await assert.rejects(control('users.mail', { user: 'ada', mail: 'ada' }), /is no mail address, like ada@example\.com/)
  await control('users.mail', { user: 'ada', mail: 'Ada@example.com' })
  assert.match(await ask('ada'), /To: ada@example\.com\nSubject: A new password/)
  await signedUp(running, 'eve')
  await assert.rejects(control('users.mail', { user: 'eve', mail: 'ada@example.com' }), /belongs to ada already/)
})

const base = { issuer: 'https://id.test', audience: 'https://api.test', database: 'a.db' }
const smtp = { from: 'login@id.test', transport: 'smtps://user:pass@mail.test' }

test('AD-6: mail is set up wholly or not at all, and says what is wrong', () => {
  const table: readonly (readonly [object, RegExp])[] = [
    [{ accounts: { mailLink: true } }, /mailLink needs mail/],
    [{ mail: 'folder' }, /for development/],
    [{ mail: 'smtp' }, /mail/],
    [{ mail: { ...smtp, from: 'a@b.test\nBcc: c@d.test' } }, /mail address/],
    [{ mail: { ...smtp, transport: 'http://mail.test' } }, /smtps:\/\//],
    [{ mail: { ...smtp, pages: { reset: 'http://app.test/reset' } } }, /https/],
    [{ mail: { ...smtp, pages: { reset: 'javascript:alert(1)' } } }, /mail/],
    [{ mail: smtp, accounts: { authenticate: async () => undefined, find: async () => undefined } }, /built-in accounts/],
    [{ accounts: { blocked: ['ab'] } }, /blocked/],
  ]
  for (const [more, words] of table) assert.throws(() => readConfig({ ...base, ...more } as never), words, JSON.stringify(more))
  assert.equal(readConfig(base).mail, undefined)
  assert.deepEqual(readConfig({ ...base, mail: { ...smtp, pages: { signIn: 'https://app.test/in' } } }).mail?.pages, {
    sign_in: 'https://app.test/in',
  })
  const local = readConfig({ ...base, issuer: 'http://localhost:3000', mail: 'folder', accounts: { mailLink: true } }).mail
  assert.deepEqual([local?.transport, local?.folder, local?.signsIn], ['folder', 'a.db.mail', true])
})
