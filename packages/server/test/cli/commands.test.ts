import assert from 'node:assert/strict'
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseEnv } from 'node:util'
import { scratch } from './command-line.ts'
import { password, serveIssuer } from './issuer.ts'

const served = await serveIssuer({ services: [{ id: 'legacy', audience: 'https://legacy.test', checks: 'none' }] })
const { run, signIn, curfew } = served
after(() => served.close())
await curfew.verifier().ready()

/** Ids and times, which are different each time. */
function plain(text: string): string {
  return text
    .replace(/(?<![\w-])[\w-]{22}(?![\w-])/g, 'ID')
    .replace(/\b\d+(\.\d)? ms/g, 'N ms')
    .replace(/\b\d+ s ago|just now/g, 'now')
    .replace(/lease \d\.\d s/g, 'lease N s')
    .replace(/no\. \d+/g, 'no. N')
    .replace(/14 d|13 d 23 h/g, 'two weeks')
}

/** Columns get narrower with what was replaced. */
const squeezed = (text: string): string => plain(text).replace(/ {2,}/g, '  ')

test('an account is made with a password from stdin, and looked at', async () => {
  const made = await run(['users', 'add', 'ada', '--full-name', 'Ada Lovelace', '--role', 'admin', 'billing'], { input: `${password}\n` })
  assert.deepEqual({ ...made, stdout: squeezed(made.stdout) }, { code: 0, stderr: '', stdout: 'added  ada  ID\nnext: curfew who ada\n' })
  assert.equal(
    squeezed((await run(['users', 'list'])).stdout),
    'user  roles  state  made  sub\nada, Ada Lovelace  admin billing  active  now  ID\nnext: curfew who ada\n',
  )
})

test('a password may begin and end with spaces: only the end of the line is taken off', async () => {
  const spaced = `  ${password}  `
  assert.equal((await run(['users', 'add', 'spaces'], { input: `${spaced}\r\n` })).code, 0)
  const signedIn = async (typed: string) => {
    const body = JSON.stringify({ identifier: 'spaces', password: typed, mode: 'token' })
    return (await fetch(`${served.issuer}/session/sign-in`, { method: 'POST', headers: { 'content-type': 'application/json' }, body }))
      .status
  }
  assert.deepEqual([await signedIn(spaced), await signedIn(password)], [200, 401])
  await run(['users', 'remove', 'spaces'])
})

test('look.md: a user is looked at, and ended everywhere, with each service and the next command', async () => {
  await signIn('ada', 'phone')
  await signIn('ada', 'desk')
  const who = await run(['who', 'ada'])
  assert.equal(
    squeezed(who.stdout),
    `user  ada, Ada Lovelace
sub  ID
state  active
roles  admin, billing
signed in  on 2 devices
tokens  live 5 min at most, and end with their device

session  device  client  address  last used  ends in
ID  desk  first-party  127.0.0.1  now  two weeks
ID  phone  first-party  127.0.0.1  now  two weeks

service  audience  where their tokens are good
app  https://api.test  1 verifier, at no. N, lease N s

next: curfew revoke --user ada
`,
  )
  const ended = await run(['revoke', '--user', 'ada'])
  assert.equal(ended.code, 0)
  assert.match(
    plain(ended.stdout),
    /^ended {6}ada, 2 devices +no\. N\napp {8}acknowledged +N ms\nuncovered {2}https:\/\/legacy\.test, until \d\d:\d\d:\d\d UTC\nconfirmed {2}no service that follows accepts ada's tokens {2} *N ms\nnext: curfew users disable ada, to keep them out\n$/,
  )
  assert.match((await run(['who', 'ada'])).stdout, /signed in {2}nowhere\nnext: curfew users list\n$/)
})

test('one device, a token, a client: each is ended by its name', async () => {
  const phone = await signIn('ada')
  const sessions = await run(['sessions', '--user', 'ada'])
  assert.match(
    sessions.stdout,
    new RegExp(`^session +device +client +address +last used +user\n${phone.session.sid} +phone +first-party .* ada\n`),
  )
  const one = await run(['revoke', '--session', phone.session.sid])
  assert.match(one.stdout, new RegExp(`^ended +session ${phone.session.sid} +no\\. \\d+\n`))
  const again = await run(['revoke', '--session', phone.session.sid])
  assert.deepEqual(
    [again.code, again.stdout.split('\n', 1)[0]?.replace(/ +no\. \d+/, '')],
    [0, 'ended      nothing: no such session lives'],
  )

  const desk = await signIn('ada')
  const token = await run(['revoke', '--token', '-'], { input: `${desk.access_token}\n` })
  assert.match(token.stdout, /^ended +the token +no\. \d+\n/)
  assert.equal((await run(['inspect', '-'], { input: desk.access_token })).code, 1)
  const client = await run(['revoke', '--client', 'first-party'])
  assert.match(client.stdout, /^ended +all that first-party has +no\. \d+\n[\s\S]*accepts first-party's tokens/)
})

test('inspect says what a token is, by which number it ended, and that with its exit code', async () => {
  const { access_token, refresh_token } = await signIn('ada', 'phone')
  const good = await run(['inspect', '-'], { input: access_token })
  assert.equal(good.code, 0)
  assert.match(
    good.stdout,
    /^signature {2}good, ES256, key .{4}\ntoken {6}at\+jwt for https:\/\/api\.test, client first-party\nuser {7}ada, phone\nscope {6}openid profile\nexpires {4}in \d min( \d+ s)?\nrule {7}V1\nledger {5}at no\. \d+\napp {8}1 verifier, at no\. \d+, lease \d\.\d s\nverdict {4}accepted\nnext: curfew who ada\n$/,
  )
  assert.match(
    (await run(['inspect', '-'], { input: refresh_token })).stdout,
    /^signature {2}good\ntoken {6}refresh token of client first-party\n/,
  )
  await run(['revoke', '--user', 'ada'])
  const bad = await run(['inspect', '-'], { input: access_token })
  assert.equal(bad.code, 1)
  assert.match(
    bad.stdout,
    /\nrevoked {4}no\. \d+: all that ada had was ended\nrule {7}Covered\nledger {5}at no\. \d+\napp .*\nverdict {4}refused by every verifier\nto do {6}sign in again\n/,
  )
  assert.match(
    (await run(['inspect'], { input: refresh_token })).stdout,
    /\nrevoked {4}no\. \d+: all that ada had was ended\nrule {7}M2\nledger {5}at no\. \d+\nverdict {4}refused at the next refresh\nto do {6}sign in again\n/,
  )
  const desk = await signIn('ada', 'desk')
  await fetch(`${served.issuer}/session/sign-out`, { method: 'POST', headers: { authorization: `Bearer ${desk.access_token}` } })
  assert.match(
    (await run(['inspect'], { input: desk.access_token })).stdout,
    /\nrevoked {4}(just now|\d+ s ago), no\. \d+: ada: signed out\n/,
  )
  const unknown = await run(['inspect', '-'], { input: 'x.y.z' })
  assert.deepEqual([unknown.code, unknown.stdout.split('\n', 1)[0]], [1, 'signature  not ours, or damaged'])
})

test('S28: inspect names the service that checks nothing, where the token goes on being good', async () => {
  const { secret } = JSON.parse(
    (
      await run([
        'clients',
        'add',
        'old',
        '--confidential',
        '--grant',
        'client_credentials',
        '--scope',
        'a',
        '--audience',
        'https://legacy.test',
        '--json',
      ])
    ).stdout,
  )
  const headers = { authorization: `Basic ${Buffer.from(`old:${secret}`).toString('base64')}` }
  const body = new URLSearchParams({ grant_type: 'client_credentials' })
  const { access_token } = (await (await fetch(`${served.issuer}/token`, { method: 'POST', headers, body })).json()) as {
    access_token: string
  }
  await run(['revoke', '--token', '-'], { input: access_token })
  const { stdout } = await run(['inspect'], { input: access_token })
  assert.match(stdout, /\nrevoked +this one token was ended\n[\s\S]*\nlegacy +checks nothing: it accepts until tokens expire\n/)
  assert.match(
    stdout,
    /\nverdict +refused by every verifier, but not by legacy: nothing is checked there\nto do +refresh: the session lives on\n/,
  )
})

test('a token in an argument is taken, with a warning', async () => {
  const { access_token } = await signIn('ada')
  const ran = await run(['inspect', access_token])
  assert.equal(ran.code, 0)
  assert.equal(ran.stderr, 'A token in an argument can be read by everybody on this machine. Better: curfew inspect - < token.txt\n')
})

test('P6: roles are set while everybody stays signed in; what else changes ends the devices', async () => {
  await run(['revoke', '--user', 'ada'])
  const { access_token } = await signIn('ada')
  const roles = await run(['users', 'roles', 'ada', 'reader'])
  assert.match(
    roles.stdout,
    /^changed +ada: reader +no\. \d+\n[\s\S]*confirmed +no service that follows accepts tokens with ada's old roles/,
  )
  assert.match(
    (await run(['inspect'], { input: access_token })).stdout,
    /\noutdated {3}its user's rights changed since\n[\s\S]*\nto do {6}refresh once: the next one has today's\n/,
  )
  assert.match(
    (await run(['who', 'ada'])).stdout,
    /\nroles +reader\nended +all from before no\. \d+\nrights +changed at no\. \d+: a refresh brings today's\nsigned in {2}on 1 device\n/,
  )
  const changed = await run(['users', 'password', 'ada'], { input: password })
  assert.match(changed.stdout, /^changed +the password of ada +no\. \d+\nended +1 device\n/)
  await signIn('ada')
  assert.match(
    (await run(['users', 'disable', 'ada'])).stdout,
    /^disabled +ada +no\. \d+\nended +1 device\n[\s\S]*next: curfew users enable ada\n$/,
  )
  await assert.rejects(signIn('ada'))
  assert.equal((await run(['users', 'enable', 'ada'])).stdout, 'enabled  ada\nnext: curfew who ada\n')
  await signIn('ada')
})

test('services and clients: a key and a secret are printed once, and work', async () => {
  const made = await run(['services', 'add', 'orders'])
  assert.match(
    made.stdout,
    /^service {2}orders\nchecks {3}follow: on its own, with the ledger\nnamed {4}to operators only; in people's receipts, too, with --public\n\nIts environment; the key is shown once:\n\nCURFEW_ISSUER=http.*\nCURFEW_AUDIENCE=https:\/\/api\.test\nCURFEW_KEY=cfk_orders_[\w-]{43}\n\nnext: curfew verifiers\n$/,
  )
  const second = await run(['services', 'key', 'orders'])
  assert.match(second.stdout, /\nold key {2}good no more: processes that run with it have a lease for 5\.\d+ s at most; start them anew\n/)
  assert.notEqual(/CURFEW_KEY=.*/.exec(second.stdout)?.[0], /CURFEW_KEY=.*/.exec(made.stdout)?.[0])
  assert.match((await run(['services', 'list'])).stdout, /\norders +https:\/\/api\.test +follow +no +cli\n/)
  assert.equal(
    (await run(['services', 'remove', 'orders'])).stdout,
    'removed  orders: its verifiers accept on their own for 5.2 s at most\nnext: curfew verifiers\n',
  )

  const worker = await run(['clients', 'add', 'worker', '--confidential', '--grant', 'client_credentials', '--scope', 'reports'])
  const secret = /^secret +(\S{43}) {2}shown once$/m.exec(worker.stdout)?.[1]
  assert.match(worker.stdout, /^added +worker\nproves itself +secret \(Basic\)\n/)
  const headers = { authorization: `Basic ${Buffer.from(`worker:${secret}`).toString('base64')}` }
  const token = await fetch(`${served.issuer}/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  assert.equal(token.status, 200)
  assert.match((await run(['clients', 'list'])).stdout, /\nworker +worker +secret \(Basic\) +client_credentials +cli\n/)
  const removed = await run(['clients', 'remove', 'worker'])
  assert.match(removed.stdout, /^removed +worker +no\. \d+\n[\s\S]*accepts worker's tokens/)
  const { access_token } = (await token.json()) as { access_token: string }
  assert.equal((await run(['inspect'], { input: access_token })).code, 1)
})

test('AD-6: --env puts the key into a new file of its owner, and takes nothing that is there', async (t) => {
  const { folder, remove } = scratch()
  t.after(remove)
  const path = join(folder, 'ledger.env')
  const made = await run(['services', 'add', 'books', '--audience', 'https://books.test/#a b', '--env', path])
  assert.equal(
    made.stdout,
    `service  books\nchecks   follow: on its own, with the ledger\nnamed    to operators only; in people's receipts, too, with --public\nwrote    ${path}: CURFEW_ISSUER, CURFEW_AUDIENCE, CURFEW_KEY; for its owner only\nnext: node --env-file=${path} PROGRAM\n`,
  )
  const text = readFileSync(path, 'utf8')
  const { CURFEW_ISSUER, CURFEW_AUDIENCE, CURFEW_KEY = '' } = parseEnv(text)
  assert.deepEqual([CURFEW_ISSUER, CURFEW_AUDIENCE], [served.issuer, 'https://books.test/#a b'])
  assert.match(CURFEW_KEY, /^cfk_books_[\w-]{43}$/)
  if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600)
  const knows = async (key: string) =>
    (await fetch(`${served.issuer}/introspect`, { method: 'POST', headers: basic(key), body: new URLSearchParams({ token: 'x' }) })).status
  assert.equal(await knows(CURFEW_KEY), 200)

  for (const argv of [
    ['services', 'add', 'others', '--env', path],
    ['services', 'add', 'books', '--env', path],
  ]) {
    const refused = await run(argv)
    assert.deepEqual([refused.code, refused.stdout], [1, ''])
    assert.match(refused.stderr, /^There is a file .*: it was left as it is, and no key was made\. Say another name, or remove it\.\n$/)
  }
  assert.deepEqual([readFileSync(path, 'utf8'), await knows(CURFEW_KEY)], [text, 200])
  assert.doesNotMatch((await run(['services', 'list'])).stdout, /^others/m)

  const again = join(folder, 'again.env')
  assert.equal((await run(['services', 'add', 'books', '--env', again])).code, 1)
  assert.equal(existsSync(again), false, 'nothing is left of what did not work')
  const told = JSON.parse((await run(['services', 'key', 'books', '--env', again, '--json'])).stdout)
  assert.deepEqual([told.env, told.key], [again, undefined])
  const { CURFEW_KEY: newKey = '' } = parseEnv(readFileSync(again, 'utf8'))
  assert.deepEqual([newKey === CURFEW_KEY, await knows(newKey)], [false, 200])

  // A file that has the key of before gets the new one in its place: same mode, same other lines, and nothing else is left in the folder.
  const theirs = `# mine\nPORT=3001\n${text.replace('CURFEW_KEY=', 'export CURFEW_KEY = "').trimEnd()}" # secret\nLAST=$1\n`
  writeFileSync(path, theirs)
  if (process.platform !== 'win32') chmodSync(path, 0o640)
  const replaced = await run(['services', 'key', 'books', '--env', path])
  assert.match(replaced.stdout, /\nwrote {4}.*: the new CURFEW_KEY, in the place of the old one\n/)
  const { CURFEW_KEY: third = '' } = parseEnv(readFileSync(path, 'utf8'))
  assert.equal(readFileSync(path, 'utf8'), theirs.replace(CURFEW_KEY, third))
  assert.deepEqual([third === newKey, await knows(third), await knows(newKey)], [false, 200, 401])
  if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o640)
  assert.deepEqual(readdirSync(folder).toSorted(), ['again.env', 'ledger.env'])

  // What is not surely the key of this service's own is left alone, and the key that is good stays so.
  const link = join(folder, 'link.env')
  symlinkSync(path, link)
  const others = [
    `X=1\n`,
    `CURFEW_KEY=cfk_orders_${'k'.repeat(43)}\n`,
    `CURFEW_KEY=${third}\nCURFEW_KEY=${third}\n`,
    `A='\nCURFEW_KEY=${third}\n'\n`,
  ]
  for (const [index, text] of [...others, undefined].entries()) {
    const at = text === undefined ? link : join(folder, `other-${index}.env`)
    if (text !== undefined) writeFileSync(at, text)
    const refused = await run(['services', 'key', 'books', '--env', at])
    assert.deepEqual([refused.code, /^There is a file .* no key was made\./.test(refused.stderr)], [1, true], text)
    if (text !== undefined) assert.equal(readFileSync(at, 'utf8'), text)
  }
  assert.equal(await knows(third), 200)
  await run(['services', 'remove', 'books'])
})

const basic = (key: string) => ({ authorization: `Basic ${Buffer.from(key.replace(/^cfk_([^_]+)_/, '$1:')).toString('base64')}` })

test('verifiers and lease are told, and a new lease holds', async () => {
  const verifiers = await run(['verifiers'])
  assert.match(verifiers.stdout, /^service {2}process {2}lease +position +lag\napp {6}.{4} {5}\d\.\d s +\d+ +0\nnext: curfew tail\n$/)
  assert.equal(
    (await run(['lease'])).stdout,
    'lease  5 s       a verifier goes on alone\nwait   5.15 s    a sign-out waits at most\nnext: curfew verifiers\n',
  )
  assert.match(
    (await run(['lease', '500ms'])).stdout,
    /^lease {2}0\.5 s {5}a verifier goes on alone\nwait {3}5\.15 s {4}a sign-out waits at most, as long as old leases run\n/,
  )
  assert.match((await run(['lease', '5s'])).stdout, /^lease {2}5 s /)
})

test('--json: one value on stdout, no words, wherever it stands', async () => {
  const rows = [
    ['users', 'list', '--json'],
    ['--json', 'sessions'],
    ['who', '--json', 'ada'],
    ['verifiers', '--json'],
    ['lease', '--json'],
    ['clients', 'list', '--json'],
    ['services', 'list', '--json'],
    ['doctor', '--json'],
    ['revoke', '--user', 'ada', '--json'],
  ]
  for (const argv of rows) {
    const { code, stdout, stderr } = await run(argv)
    assert.deepEqual([code, stderr, stdout.split('\n').length], [0, '', 2], argv.join(' '))
    assert.equal(typeof JSON.parse(stdout), 'object')
  }
  const ended = JSON.parse((await run(['revoke', '--user', 'ada', '--json'])).stdout)
  assert.deepEqual([ended.ended, ended.confirmed, typeof ended.receipt, ended.details.outcome], [0, true, 'string', 'confirmed'])
  const failed = await run(['who', 'nobody', '--json'])
  assert.deepEqual(failed, { code: 1, stderr: '', stdout: '{"error":"Nobody is called nobody. Who there is: curfew users list"}\n' })
  const wrong = await run(['who', '--json'])
  assert.deepEqual([wrong.code, JSON.parse(wrong.stdout)], [2, { error: "missing required argument 'user'" }])
})

test('colour on a terminal only, and never with NO_COLOR, or where the terminal is dumb', async () => {
  const colour = '\u001b['
  const revoke = ['revoke', '--user', 'ada']
  assert.ok((await run(revoke, { tty: true })).stdout.includes(`${colour}32m`))
  for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) assert.ok(!(await run(revoke, { tty: true, env })).stdout.includes(colour))
  assert.ok((await run(revoke, { tty: true, env: { NO_COLOR: '' } })).stdout.includes(colour))
  assert.ok(!(await run(revoke)).stdout.includes(colour))
})

test('LO-3: names from elsewhere cannot command the terminal', async () => {
  await run(['users', 'add', 'mallory'], { input: password })
  await fetch(`${served.issuer}/session/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ identifier: 'mallory', password, device_name: 'tv\u202e\u2066', mode: 'token' }),
  })
  const added = await run(['users', 'add', 'eve', '--full-name', 'Eve\u001b[2J\r\nroot'], { input: password })
  assert.deepEqual([added.code, added.stderr], [1, 'name must have no control characters.\n'])
  assert.equal((await run(['users', 'add', 'eve', '--full-name', 'Eve\u202eroot'], { input: password })).code, 0)
  for (const argv of [['users', 'list'], ['who', 'eve'], ['sessions']]) {
    const { stdout } = await run(argv)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u202a-\u202e\u2066-\u2069]/)
  }
})

test('LO-1: nothing that came through the command line is in the log', async () => {
  const { access_token, refresh_token } = await signIn('ada')
  await run(['inspect'], { input: access_token })
  await run(['revoke', '--token', '-'], { input: refresh_token })
  const typed = 'a password with Canary7 in it'
  await run(['users', 'add', 'canary'], { input: typed })
  await run(['users', 'password', 'canary'], { input: `${typed} and more` })
  const { key } = JSON.parse((await run(['services', 'add', 'canary', '--json'])).stdout)
  const { secret } = JSON.parse(
    (await run(['clients', 'add', 'canary', '--confidential', '--redirect-uri', 'https://c.test/', '--json'])).stdout,
  )
  const log = JSON.stringify(served.lines)
  assert.ok(served.lines.length > 20)
  for (const canary of [access_token, refresh_token, typed, key, secret, key.slice(-43)]) assert.ok(!log.includes(canary))
})
