import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { curfew, scratch } from './command-line.ts'
import { follow, password, secret, serveIssuer } from './issuer.ts'

test('R2, AD-4: restored: refused while a server runs; then all sign in anew, new keys sign, and nothing is confirmed before a lease is over', async () => {
  const at = scratch()
  after(at.remove)
  const first = await serveIssuer({ lease: 200 }, at.folder)
  await first.run(['users', 'add', 'ada'], { input: password })
  const before = await first.signIn('ada')
  const refused = await first.run(['restored'])
  assert.deepEqual([refused.code, refused.stdout], [1, ''])
  assert.match(refused.stderr, /^A server runs on this database\. Stop it first/)
  await first.close()

  const run = (argv: readonly string[]) => curfew(['--database', first.database, ...argv], { env: { CURFEW_SECRET: secret } })
  assert.match((await run(['restored', '--lease', '50ms'])).stderr, /between 200 ms and 10 minutes/)
  const restored = await run(['restored', '--lease', '300ms'])
  assert.deepEqual([restored.code, restored.stderr], [0, ''])
  assert.match(restored.stdout, /^ended +everything of before: all sign in anew\nledger +goes on at \d{16}\nconfirms +again when/)

  const second = await serveIssuer({ issuer: first.issuer, lease: 200 }, at.folder)
  const standing = JSON.parse((await second.run(['verifiers', '--json'])).stdout) as { settled: boolean; wait_ms: number }
  assert.deepEqual([standing.settled, standing.wait_ms >= 356], [false, true])
  const refresh = (token: string) =>
    fetch(`${second.listens}/session/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'curfew-request': '1' },
      body: JSON.stringify({ refresh_token: token }),
    })
  assert.equal((await refresh(before.refresh_token)).status, 401)
  assert.equal((await second.run(['inspect', '-'], { input: before.access_token })).code, 1)
  const anew = await second.signIn('ada')
  assert.equal((await refresh(anew.refresh_token)).status, 200)
  const kid = (token: string) => (JSON.parse(Buffer.from(token.split('.', 1)[0]!, 'base64url').toString()) as { kid: string }).kid
  assert.notEqual(kid(anew.access_token), kid(before.access_token))
  const { confirmed } = JSON.parse((await second.run(['revoke', '--user', 'ada', '--json'])).stdout) as { confirmed: boolean }
  assert.equal(confirmed, true) // after the wait
  await second.close()
})

test('D4: pause: says "stop now" when each verifier has its long lease, lists who did not ask, and --end takes it back', async () => {
  const served = await serveIssuer({ lease: 500 })
  after(() => served.close())
  const { key } = JSON.parse((await served.run(['services', 'add', 'orders', '--json'])).stdout) as { key: string }
  assert.equal((await follow(served.issuer, key, 7)).status, 200)
  assert.equal((await follow(served.issuer, key, 8)).status, 200) // and then nothing more
  let isOver = false
  let acknowledges = false
  let known = 0
  const asking = (async () => {
    while (!isOver) {
      const { up_to } = (await (await follow(served.issuer, key, 7, known)).json()) as { up_to: number }
      if (acknowledges) known = up_to
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })()
  let isSaid = false
  const pausing = served.run(['pause', '--for', '1min', '--json']).finally(() => {
    isSaid = true
  })
  const leaseIs = async () => (JSON.parse((await served.run(['lease', '--json'])).stdout) as { lease_ms: number }).lease_ms
  while ((await leaseIs()) === 500) await new Promise((resolve) => setTimeout(resolve, 20))
  // Its answers get lost: it asks again and again, and has no long lease. That its row is written often must not pass for one.
  for (const since = performance.now(); performance.now() - since < 2000; ) await leaseIs() // the one that is silent is given up after 0.6 s
  assert.equal(isSaid, false)
  acknowledges = true
  const paused = await pausing
  isOver = true
  await asking
  const found = JSON.parse(paused.stdout) as { lease_ms: number; lease_back_ms: number; ready: object[]; silent: object[] }
  assert.deepEqual([paused.code, found.lease_ms, found.lease_back_ms], [0, 80_000, 500])
  const process = (number: number) => Buffer.alloc(16, number).toString('base64url').slice(0, 4)
  assert.deepEqual(found.ready, [{ service: 'orders', process: process(7) }])
  // The other one, unless it was forgotten a moment before (L4).
  assert.deepEqual(found.silent, found.silent.length === 0 ? [] : [{ service: 'orders', process: process(8) }])

  const again = await served.run(['pause', '--end'])
  assert.deepEqual([again.code, again.stdout.split('\n', 1)[0]?.startsWith('lease')], [0, true])
  assert.equal(JSON.parse((await served.run(['lease', '--json'])).stdout).lease_ms, 500)
  for (const [argv, said] of [
    [['pause'], /Say one: --for a length of time, or --end\./],
    [['pause', '--for', '1min', '--end'], /Say one/],
    [['pause', '--for', '10min'], /A pause is between 1 s and 580 s/],
  ] as const) {
    const { code, stderr } = await served.run(argv)
    assert.ok(code !== 0 && said.test(stderr), stderr)
  }
})
