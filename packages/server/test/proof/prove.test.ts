import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { libfaketime } from '../../prove/faults/clocks.ts'
import { skip } from '../store/postgres/server.ts'
import { isFull } from './full.ts'

const main = fileURLToPath(new URL('../../prove/main.ts', import.meta.url))

/** Runs `npm run prove` with these arguments; what it said, and how it ended. */
function prove(...args: string[]): Promise<{
  code: number
  result: {
    endings: Record<string, number>
    checks: number
    acceptedAfterConfirmed: number
    goodRefused: number
    errors: string[]
    violations: unknown[]
  }
}> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['-C', 'curfew-source', main, '--json', ...args], { maxBuffer: 1 << 24 }, (error, stdout) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, result: JSON.parse(stdout || '{}') })
    })
  })
}

const kinds = [
  'sign-out',
  'one device from another',
  'all others',
  'everywhere',
  'password changed',
  'refresh token revoked',
  'access token revoked',
  'refresh token replayed',
  'operator: user',
  'operator: session',
  'operator: grant',
  'operator: token',
  'operator: client',
  'operator: everything',
  'device limit',
  'rights changed',
  'command line: password set',
  'command line: disabled',
  'command line: deleted',
]

test('RV-2, SS-3, SS-4, JV-23: every way of ending, on real processes: nobody is accepted after it was confirmed, nobody good is refused', async () => {
  const { code, result } = await prove('--seconds', isFull ? '20' : '6', '--users', isFull ? '120' : '40', '--devices', '3')
  assert.deepEqual(result.errors, [])
  assert.deepEqual(result.violations, [])
  assert.equal(result.acceptedAfterConfirmed, 0)
  assert.equal(result.goodRefused, 0)
  assert.deepEqual(
    kinds.filter((kind) => !result.endings[kind]),
    [],
    'each kind of ending happened',
  )
  assert.ok(result.checks > 5000, `${result.checks} checks`)
  assert.equal(code, 0)
})

test('RV-2: the same with three nodes on one PostgreSQL, behind a plain load balancer', {
  // tools/nodes.test.ts has nodes in the short form.
  skip: isFull ? skip : 'with --full only',
}, async () => {
  const sizes = ['--seconds', '20', '--users', '80', '--devices', '3', '--checks', '1000']
  const { code, result } = await prove(...sizes, '--store', 'postgres', '--nodes', '3')
  assert.deepEqual(result.errors, [])
  assert.deepEqual(result.violations, [])
  assert.equal(result.acceptedAfterConfirmed, 0)
  assert.equal(result.goodRefused, 0)
  assert.ok(result.checks > 2000, `${result.checks} checks`)
  assert.equal(code, 0)
})

const sabotage = [
  'verifier-ignores-the-ledger',
  'issuer-does-not-wait',
  'verifier-acknowledges-first',
  'verifier-ignores-cuts',
  'verifier-keeps-its-lease',
  'verifier-remembers-verdicts',
  'verifier-fails-open',
  'issuer-forgets-entries',
  'issuer-forgets-cuts',
]

// Two that nothing but a fault shows: cut off for longer than a lease, or with a clock far beyond what W has room for.
for (const kind of ['verifier-keeps-its-lease', 'verifier-clock-out-of-bound']) {
  const without = kind.includes('clock') && libfaketime() === undefined ? 'libfaketime is not installed' : false
  test(`the proof under faults fails when it should: ${kind}`, { skip: isFull ? without : 'with --full only' }, async () => {
    const { code, result } = await prove('--faults', '--seed', '2', '--seconds', '30', '--verifiers', '2', '--sabotage', kind)
    assert.ok(result.acceptedAfterConfirmed > 0, `${kind} was not seen: ${JSON.stringify(result).slice(0, 2000)}`)
    assert.equal(code, 1)
  })
}

// The proof is worth what its failing is: each of these must be seen.
for (const kind of isFull ? sabotage : sabotage.slice(0, 1)) {
  test(`the proof fails when it should: ${kind}`, async () => {
    const { code, result } = await prove('--seconds', '7', '--users', '20', '--devices', '3', '--sabotage', kind)
    assert.ok(result.acceptedAfterConfirmed > 0, `${kind} was not seen: ${JSON.stringify(result)}`)
    assert.equal(code, 1)
  })
}
