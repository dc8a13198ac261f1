import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { waitingFor } from '../../src/cli/progress.ts'
import { follow, password, serveIssuer } from './issuer.ts'

const served = await serveIssuer({ lease: 2000 })
after(() => served.close())
await served.run(['users', 'add', 'ada'], { input: password })
const { key } = JSON.parse((await served.run(['services', 'add', 'search', '--json'])).stdout) as { key: string }

test('what is waited for, in one sentence', () => {
  const row = (service: string, lag: number, lease_ms = 3200) => ({ service, lag, lease_ms })
  const standing = (...verifiers: ReturnType<typeof row>[]) => ({ head: 7, settled: true, verifiers })
  assert.equal(waitingFor(undefined, 2), 'waiting 2 s')
  assert.equal(waitingFor(standing(row('orders', 0)), 3), 'waiting 3 s')
  assert.equal(waitingFor(standing(row('orders', 0), row('search', 1)), 1), 'waiting for search: its lease runs out in 3 s')
  assert.equal(waitingFor(standing(row('search', 1), row('search', 2, 1000)), 1), 'waiting for search: its lease runs out in 3 s')
  assert.equal(waitingFor(standing(row('a', 1), row('b', 2, 4800)), 1), 'waiting for a, b: their leases run out in 5 s')
  const many = standing(...['a', 'b', 'c', 'd', 'e'].map((name) => row(name, 1)))
  assert.equal(waitingFor(many, 1), 'waiting for a, b, c and 2 more: their leases run out in 3 s')
  assert.equal(waitingFor({ ...standing(), settled: false }, 1), 'waiting 1 s: after a stop that was not clean, one lease must pass')
})

test('look.md: from one second on, a terminal shows whom a sign-out waits for, and hides it again; a pipe shows nothing', async () => {
  // A verifier that took a lease, and then fell silent.
  assert.equal((await follow(served.issuer, key, 1)).status, 200)
  const due: (() => void)[] = []
  const asked = Promise.withResolvers<void>()
  const shown = Promise.withResolvers<void>()
  const after = (milliseconds: number, run: () => void) => {
    assert.equal(milliseconds, 1000)
    due.push(run)
    asked.resolve()
    return () => undefined
  }
  const heard = (stream: string, text: string) => {
    if (stream === 'stderr' && text.includes('waiting for')) shown.resolve()
  }
  const revoking = served.run(['revoke', '--user', 'ada'], { tty: true, after, heard })
  await asked.promise
  due[0]?.()
  await shown.promise
  const { stderr, stdout, code } = await revoking
  assert.match(stderr.replaceAll('\u001b[K', '<clear>'), /^\r<clear>waiting for search: its lease runs out in [012] s\r<clear>$/)
  assert.match(stdout, /search +lease ran out/)
  assert.equal(code, 0)

  assert.equal((await follow(served.issuer, key, 2)).status, 200)
  const piped = await served.run(['revoke', '--user', 'ada', '--wait', '0'], { after: () => assert.fail('timed where nobody looks') })
  assert.deepEqual([piped.code, piped.stderr], [3, ''])
})

test('--wait: what is not confirmed by then is told as pending, with exit code 3', async () => {
  assert.equal((await follow(served.issuer, key, 3)).status, 200)
  const ran = await served.run(['revoke', '--user', 'ada', '--wait', '0'])
  assert.equal(ran.code, 3)
  assert.match(
    ran.stdout,
    /\nsearch +(\d+ )?waiting\npending +not every verifier has confirmed yet +[\d.]+ s at most\nnext: curfew who ada\n$/,
  )
  assert.equal((await served.run(['revoke', '--user', 'ada', '--wait', '0', '--json'])).code, 3)
})

test('Ctrl-C while it waits: it says that only the waiting is over', async () => {
  assert.equal((await follow(served.issuer, key, 4)).status, 200)
  const asked = Promise.withResolvers<void>()
  let press = (): void => undefined
  const revoking = served.run(['revoke', '--user', 'ada'], {
    tty: true,
    after: () => {
      asked.resolve()
      return () => undefined
    },
    interrupt: (how) => {
      press = how
    },
  })
  await asked.promise
  press()
  const ran = await revoking
  assert.deepEqual([ran.code, ran.stderr], [1, 'Called off. What was asked may have been done already; only the waiting is over.\n'])
})
