import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { call, conditions, curfew, password, startProgram } from '../../program.ts'

const cwd = join(import.meta.dirname, '..')

/** A browser without scripts: keeps cookies, follows redirects, sends the one form of a page. */
function browser() {
  const jar = new Map<string, string>()
  async function go(url: string, body?: URLSearchParams): Promise<{ url: string; text: string }> {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie }, ...(body && { method: 'POST', body }) })
    for (const line of answer.headers.getSetCookie()) jar.set(...(/^([^=]+)=([^;]*)/.exec(line)!.slice(1) as [string, string]))
    const to = answer.headers.get('location')
    return to === null ? { url, text: await answer.text() } : go(new URL(to, url).href)
  }
  const submit = ({ url, text }: { url: string; text: string }, typed: Record<string, string>) => {
    const read = (tag: string, name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const hidden = [...text.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([tag]) => [read(tag, 'name'), read(tag, 'value')])
    const form = /<form[^>]*>/.exec(text)?.[0] ?? assert.fail(text)
    return go(new URL(read(form, 'action'), url).href, new URLSearchParams([...hidden, ...Object.entries(typed)] as [string, string][]))
  }
  return { go, submit }
}

test('S15: a command line signs in through a loopback redirect, calls, renews, and its sign-out ends the tokens (RFC 8252, RFC 7009)', async (t) => {
  const program = await startProgram(t, { cwd, argv: ['server.ts'] })
  const file = join(program.database, '..', 'tokens')
  await call('POST', `${program.url}/sign-up`, {}, { identifier: 'ada', password, mode: 'token' })
  const run = (command: string) => {
    const child = spawn(process.execPath, [...conditions, 'cli.ts', command], {
      cwd,
      env: { ...process.env, ORDERS_ISSUER: program.url, ORDERS_FILE: file },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    t.after(() => child.kill('SIGKILL'))
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text))
    const ended = once(child, 'close').then(([code]) => ({ code, said }))
    return { child, ended }
  }

  assert.match((await run('orders').ended).said, /not signed in: node cli\.ts sign-in/)
  const signIn = run('sign-in')
  let address = ''
  for await (const line of createInterface({ input: signIn.child.stdout }))
    if (line.startsWith('http')) {
      address = line
      break
    }
  // A page that guesses the port, without our `state`, gets nothing and disturbs nothing.
  const redirect = new URL(address).searchParams.get('redirect_uri')!
  assert.equal((await fetch(`${redirect}?code=guessed&state=guessed`)).status, 404)
  const person = browser()
  const consent = await person.submit(await person.go(address), { identifier: 'ada', password })
  assert.match(consent.text, /Orders on the command line/)
  const last = await person.submit(consent, { answer: 'allow' })
  assert.equal(last.text, 'You may close this window.\n')
  const { code, said } = await signIn.ended
  assert.equal(code, 0, said)
  if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600)

  const first = await run('orders').ended
  assert.deepEqual([first.code, JSON.parse(first.said).orders], [0, ['a lantern']])
  // Her rights change: the access token is refused, and renewed without anybody typing anything.
  curfew(cwd, program.database, 'users', 'roles', 'ada', 'clerk')
  const before = readFileSync(file, 'utf8')
  assert.equal((await run('orders').ended).code, 0)
  const stolen = readFileSync(file, 'utf8')
  assert.notEqual(stolen, before)

  const out = await run('sign-out').ended
  assert.deepEqual([out.code, out.said], [0, 'You are signed out.\n'])
  writeFileSync(file, stolen) // somebody copied the tokens before
  const late = await run('orders').ended
  assert.deepEqual([late.code, late.said], [1, 'You are not signed in any more: node cli.ts sign-in\n'])
  await program.stop()
})
