import assert from 'node:assert/strict'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createCurfew } from '../../src/index.ts'
import { curfew, type Given, scratch, spawnCurfew, listen as watch } from './command-line.ts'
import { follow, password, secret, serveIssuer } from './issuer.ts'

const { folder, remove } = scratch()
after(remove)
let count = 0

/** A folder with a configuration, in which nobody has started anything. */
function place(
  config: object = {},
  name = `place-${++count}`,
): { folder: string; database: string; run(argv: readonly string[], given?: Given): ReturnType<typeof curfew> } {
  const at = join(folder, name)
  mkdirSync(at)
  const database = join(at, 'curfew.db')
  const file = join(at, 'curfew.config.json')
  writeFileSync(file, JSON.stringify({ issuer: 'http://localhost:4555', audience: 'https://api.test', database, secret, ...config }))
  return { folder: at, database, run: (argv, given) => curfew(['--config', file, ...argv], given) }
}

test('the first account comes before the first start: the configuration says what the issuer will be', async () => {
  const { run, database } = place({ accounts: { passwordLength: 8 } })
  const made = await run(['users', 'add', 'ada'], { input: 'nine chars' })
  assert.deepEqual([made.code, made.stderr], [0, ''])
  assert.match((await run(['users', 'list'])).stdout, /^user .*\nada /)
  assert.equal((await run(['services', 'add', 'orders', '--json'])).code, 0)
  // A server that starts then finds them.
  const started = createCurfew({
    issuer: 'http://localhost:4555',
    audience: 'https://api.test',
    database,
    secret,
    accounts: { passwordLength: 8 },
  })
  await started.ready()
  assert.match((await run(['who', 'ada'])).stdout, /^user +ada\n/)
  await started.close()
})

test('what is only looked at, or named by --database, makes no file', async () => {
  const { run, database } = place()
  for (const argv of [
    ['users', 'list'],
    ['who', 'ada'],
    ['lease', '2s'],
    ['revoke', '--everything'],
  ]) {
    const { code, stderr } = await run(argv)
    assert.deepEqual([code, stderr.startsWith(`There is no database ${database} here.`)], [1, true])
  }
  const other = `${database}.misspelt`
  assert.equal((await run(['--database', other, 'users', 'add', 'ada'], { input: password })).code, 1)
  assert.deepEqual([existsSync(database), existsSync(other)], [false, false])
})

test('on a file that nobody serves, every command works, and a token is judged by its signature, too', async () => {
  const at = scratch()
  after(at.remove)
  const served = await serveIssuer({}, at.folder)
  await served.run(['users', 'add', 'ada'], { input: password })
  const { access_token, refresh_token } = await served.signIn('ada')
  await served.close()

  const run = (argv: readonly string[], given: Given = {}) =>
    curfew(['--database', served.database, ...argv], { ...given, env: { CURFEW_SECRET: secret } })
  assert.equal((await run(['inspect', '-'], { input: access_token })).code, 0)
  const forged = `${access_token.slice(0, -8)}AAAAAAAA`
  assert.deepEqual((await run(['inspect', '-'], { input: forged })).stdout.split('\n', 1), ['signature  not ours, or damaged'])
  assert.equal((await run(['inspect', '-'], { input: refresh_token })).code, 0)
  assert.match((await run(['sessions'])).stdout, /phone/)
  assert.match((await run(['revoke', '--user', 'ada'])).stdout, /^ended +ada, 1 device/)
  assert.equal((await run(['inspect', '-'], { input: access_token })).code, 1)
  assert.match((await run(['tail'])).stdout, / cut {4}user /)
  assert.match((await run(['verifiers'])).stdout, /^No verifier follows\.\n/)
  for (const argv of [
    ['users', 'roles', 'ada', 'admin'],
    ['users', 'disable', 'ada'],
    ['users', 'enable', 'ada'],
    ['lease', '2s'],
    ['clients', 'list'],
    ['services', 'list'],
    ['users', 'remove', 'ada'],
  ])
    assert.equal((await run(argv)).code, 0, argv.join(' '))
})

test('R1: a command between two starts takes no lease away, and sign-outs confirm at once after it', async () => {
  const at = scratch()
  after(at.remove)
  const first = await serveIssuer({}, at.folder)
  const { key } = JSON.parse((await first.run(['services', 'add', 'orders', '--json'])).stdout) as { key: string }
  assert.equal((await follow(first.issuer, key, 7)).status, 200)
  await first.close()

  const offline = await curfew(['--database', first.database, 'users', 'add', 'ada'], { input: password, env: { CURFEW_SECRET: secret } })
  assert.deepEqual([offline.code, offline.stderr], [0, ''])

  const second = await serveIssuer({ issuer: first.issuer }, at.folder)
  const standing = JSON.parse((await second.run(['verifiers', '--json'])).stdout)
  assert.deepEqual([standing.settled, standing.verifiers.length, standing.verifiers[0].service], [true, 1, 'orders'])
  const revoking = second.run(['revoke', '--user', 'ada', '--json'])
  // The verifier asks again under its old id: that is all that is waited for.
  let has = standing.head
  while (has === standing.head) has = ((await (await follow(second.listens, key, 7, has)).json()) as { up_to: number }).up_to
  await follow(second.listens, key, 7, has)
  const { confirmed, details } = JSON.parse((await revoking).stdout)
  assert.deepEqual([confirmed, details.verifiers[0].acknowledged, details.verifiers[0].lease_over], [true, 1, 0])
  await second.close()
})

test('an issuer with a path, and users that are the application’s own', async () => {
  const { run, database } = place({ issuer: 'https://example.com/login', basePath: '/login' })
  assert.equal((await run(['users', 'add', 'ada'], { input: password })).code, 0)
  const bare = await curfew(['--database', database, 'users', 'list'], { env: { CURFEW_SECRET: secret } })
  assert.deepEqual([bare.code, bare.stdout.split(/\s/, 1)], [0, ['user']])

  const own = join(folder, 'own.mjs')
  writeFileSync(
    own,
    `export default { issuer: 'http://localhost:4555', audience: 'a', database: ${JSON.stringify(`${database}.own`)}, secret: '${secret}', accounts: { authenticate: async () => undefined, find: async () => undefined } }`,
  )
  const refused = await curfew(['--config', own, 'users', 'add', 'ada'], { input: password })
  assert.deepEqual(
    [refused.code, refused.stderr],
    [1, 'The users are kept by the application, not by Curfew: change them there, then call curfew.end or curfew.stale.\n'],
  )
})

test('a key file that is lost is not made anew; another secret is told apart', async () => {
  const { run, database } = place({ secret: undefined })
  const first = await run(['users', 'add', 'ada'], { input: password })
  assert.equal(first.stderr, `note: made a master secret in ${database}.key; set CURFEW_SECRET for anything but development\n`)
  renameSync(`${database}.key`, `${database}.key.away`)
  const lost = await run(['users', 'list'])
  assert.deepEqual([lost.code, lost.stderr.startsWith('No master secret. Set CURFEW_SECRET')], [1, true])
  assert.equal(existsSync(`${database}.key`), false)
  const other = await run(['users', 'list'], { env: { CURFEW_SECRET: secret } })
  assert.match(other.stderr, /^The keys in the database are sealed under another master secret\./)
  renameSync(`${database}.key.away`, `${database}.key`)
  assert.equal((await run(['users', 'list'])).code, 0)
})

test('a file that another process holds, without a socket: one sentence says which process', async () => {
  const { folder: cwd, database } = place()
  const holder = createCurfew({ issuer: 'http://localhost:4555', audience: 'https://api.test', database, secret, control: false })
  await holder.ready()
  const ran = await watch(spawnCurfew(['users', 'list'], { cwd })).ended
  assert.equal(ran.code, 1)
  assert.match(
    ran.stderr,
    new RegExp(
      `^${database} is in use by process ${process.pid}, since \\d{4}-[^\\n]*\\. One process serves a file: talk to that one, or stop it first\\.\\n$`,
    ),
  )
  await holder.close()
})

test('after a crash, in a process of its own: it waits for the leases that nobody knows of, and ends by itself', async () => {
  const { folder: cwd, run, database } = place({ lease: 200 })
  await run(['users', 'add', 'ada'], { input: password })
  const crashed = spawnCurfew(['serve', '--port', '0'], { cwd, env: { CURFEW_LOG_LEVEL: 'info' } })
  const heard = watch(crashed)
  await heard.until('"msg":"ready"')
  crashed.kill('SIGKILL')
  await heard.ended
  assert.ok(existsSync(`${database}.control/socket`), 'the socket is left over')
  const ran = await watch(spawnCurfew(['revoke', '--user', 'ada'], { cwd })).ended
  assert.deepEqual([ran.code, ran.stderr], [0, ''])
  assert.match(ran.stdout, /^ended +ada, signed in nowhere +no\. 1\nconfirmed +no service accepts ada's tokens +\d/)
})

test('contract §7: a configuration with mailed links is taken where nobody serves, as it is by the server', async () => {
  const { run } = place({ accounts: { mailLink: true, passwordLength: 8 }, mail: 'folder' })
  assert.equal((await run(['users', 'add', 'ada'], { input: 'nine chars' })).code, 0)
  const again = await run(['users', 'list']) // the file was made by the first
  assert.deepEqual([again.code, again.stderr], [0, ''])
})
