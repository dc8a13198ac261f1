import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTls } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Finding } from '../../src/cli/doctor/finding.ts'
import { bytes } from '../../src/cli/doctor/finding.ts'
import { certificate, clockFinding, issuerFindings } from '../../src/cli/doctor/issuer.ts'
import { type DoctorAnswer, ledgerFindings, serviceFindings } from '../../src/cli/doctor/ledger.ts'
import type { ServiceStanding } from '../../src/control/standing.ts'
import { makeCertificate } from '../browser/certificate.ts'
import { curfew, scratch } from './command-line.ts'
import { secret, serveIssuer } from './issuer.ts'

const now = 1_764_000_000
const row = { service: 'orders', process: '9f2c', position: 7, lag: 0, lease_ms: 4_600, silent_ms: 0 }
const orders: ServiceStanding = {
  ...{ service: 'orders', audience: 'https://orders.test', checks: 'follow', own: false, refused: false },
  ...{ verifiers: 1, behind: 0, silent: 0, lease_ms: 4_600, position: 7 },
}
const sound: DoctorAnswer = {
  ...{ version: '0.1.0', node: '24.21.0', issuer: 'https://id.test', now: now * 1000, database_ms: 0.4 },
  ...{ head: 7, lease_ms: 5_000, wait_ms: 5_150, settled: true, horizon_ms: now * 1000 - 60_000, longest_token: 300 },
  counts: { users: 1, sessions: 2, grants: 3, entries: 4 },
  ...{ services: [orders], verifiers: [row], vanished: [], uncovered: [] },
}

/** The lines that are not good, in short. */
function said(findings: readonly Finding[]): string[] {
  return findings.filter(({ state }) => state !== 'good').map(({ state, what, is, todo }) => `${state} ${what} ${is}. ${todo}`)
}

test('the doctor of a server that is well: every line is good, and the exit code 0', async (t) => {
  const served = await serveIssuer()
  t.after(() => served.close())
  const { code, stdout, stderr } = await served.run(['doctor'])
  assert.deepEqual([code, stderr], [0, ''])
  for (const line of stdout.trimEnd().split('\n').slice(0, -3)) assert.match(line, /^good {3}\S/)
  for (const what of ['version', 'configuration', 'file', 'size', 'disk', 'database', 'ledger', 'lease', 'issuer', 'clock'])
    assert.match(stdout, new RegExp(`\ngood +${what} +\\S|^good +${what} `), what)
  assert.match(stdout, /\n\d+ good, 0 to look at, 0 wrong\nnext: curfew verifiers\n$/)
})

test('what others may read, or command, is wrong, and the exit code 1', {
  skip: process.platform === 'win32' && 'Windows has no file modes',
}, async (t) => {
  const served = await serveIssuer()
  t.after(() => served.close())
  writeFileSync(`${served.database}.key`, secret, { mode: 0o644 })
  chmodSync(served.database, 0o644)
  chmodSync(`${served.database}.control`, 0o755)
  const { code, stdout } = await served.run(['doctor'])
  assert.equal(code, 1)
  assert.match(stdout, /\nwrong {2}secret +.*\.key can be read by others \(0644\)\. To do: chmod 600 /)
  assert.match(stdout, /\nwrong {2}control +.* is open to others \(0755\)\. To do: chmod 700 /)
  assert.match(stdout, /\nlook {3}file +.*can be read by everybody on this machine \(0644\)/)
  assert.ok(!stdout.includes(secret), 'LO-1: the secret itself is not told')
  chmodSync(`${served.database}.key`, 0o600)
  assert.match(
    (await served.run(['doctor'], { env: { CURFEW_SECRET: secret } })).stdout,
    /look {3}secret +CURFEW_SECRET is set, and .*\.key is there, too/,
  )
})

test('a configuration that the server would not start with, a database that is not there, a server that does not run: told, not thrown', async (t) => {
  const { folder, remove } = scratch()
  t.after(remove)
  const config = join(folder, 'curfew.config.json')
  writeFileSync(
    config,
    JSON.stringify({ issuer: 'http://login.example.com', audience: 'https://api.test', database: join(folder, 'none.db') }),
  )
  const { code, stdout, stderr } = await curfew(['--config', config, 'doctor'])
  assert.deepEqual([code, stderr], [1, ''])
  assert.match(stdout, /wrong {2}configuration +The issuer http:\/\/login\.example\.com is not https\./)
  assert.match(stdout, /wrong {2}database +there is no file .*none\.db\. To do: start the server once/)
  assert.match(stdout, /wrong {2}server +There is no database/)
})

test('AD-5: a file that nobody serves is looked at all the same', async (t) => {
  const { folder, remove } = scratch()
  t.after(remove)
  const served = await serveIssuer({}, folder)
  const { database } = served
  await served.close()
  const { code, stdout } = await curfew(['--database', database, 'doctor'], { env: { CURFEW_SECRET: secret } })
  assert.equal(code, 0, stdout)
  assert.match(stdout, /good {3}ledger +at no\. 0/)
  assert.match(stdout, /look {3}issuer +nobody answers at http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\)\. To do: start it: curfew serve/)
})

test('services: nobody follows, nothing checked, silent, behind, vanished, asked for and not there', () => {
  assert.deepEqual(said(serviceFindings(sound, sound, now)), [])
  const told = (more: Partial<DoctorAnswer>, before: DoctorAnswer = sound): string[] =>
    said(serviceFindings({ ...sound, ...more }, before, now))
  assert.deepEqual(told({ services: [{ ...orders, verifiers: 0 }], verifiers: [] }), [
    'look orders no verifier follows. start it with its CURFEW_KEY, or look at its log',
  ])
  assert.match(
    told({ services: [{ ...orders, checks: 'none' }] })[0] ?? '',
    /^look orders is not covered: it checks nothing\. tokens there live 5 min/,
  )
  assert.match(
    told({ verifiers: [{ ...row, lease_ms: 0, silent_ms: 12_000 }] })[0] ?? '',
    /^look orders 9f2c is silent for 12 s, at no\. 7\./,
  )
  const behind = { ...sound, head: 9, verifiers: [{ ...row, lag: 2 }] }
  assert.match(told(behind, behind)[0] ?? '', /^look orders 9f2c is 2 behind, at no\. 7\./)
  assert.deepEqual(told(behind, sound), [], 'what was under way a moment ago is not behind')
  assert.deepEqual(told(behind, { ...behind, verifiers: [{ ...row, position: 5, lag: 4 }] }), [], 'it goes on')
  assert.match(
    told({ vanished: [{ service: 'orders', process: '41d0', gone_at: now - 90 }] })[0] ?? '',
    /^look orders 41d0 vanished 1 min 30 s ago/,
  )
  assert.deepEqual(told({ vanished: [{ service: 'orders', process: '41d0', gone_at: now - 4000 }] }), [])
  assert.match(
    told({ uncovered: [{ client: 'web', audience: 'https://x.test' }] })[0] ?? '',
    /^wrong coverage the client web asks for https:\/\/x\.test/,
  )
})

test('D3, D4, E1, R1: what keeps sign-outs waiting is told, and that it goes by', () => {
  assert.deepEqual(said(ledgerFindings(sound, now)), [])
  const told = (more: Partial<DoctorAnswer>, at = now): string => said(ledgerFindings({ ...sound, ...more }, at)).join('\n')
  assert.match(told({ lease_ms: 500 }), /^look lease 0\.5 s, and a sign-out waits up to 5\.2 s/)
  assert.match(told({ no_address: true }), /^look addresses of none of the last sessions/)
  assert.match(told({ settled: false }), /^look sign-outs not confirmed yet/)
  assert.match(told({ paused_until: now + 60 }), /^look pause a planned outage, for 1 min more\. when it is over: curfew pause --end/)
  assert.match(told({ horizon_ms: now * 1000 - 3_600_000 }), /^look ledger at no\. 7, and its horizon is 1 h back/)
  assert.match(told({ database_ms: 900 }), /^look database .*it took 0\.9 s to answer/)
  assert.match(told({}, now + 60), /^wrong database's clock 59 s off this machine's/)
})

test('MD-1: an issuer is reached by its name, and calls itself so', async (t) => {
  let body: unknown = {}
  let status = 200
  let date: string | undefined
  const server = createServer((_request, response) => {
    if (date) response.setHeader('date', date)
    response.statusCode = status
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  t.after(() => void server.close())
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const clock = (): number => Date.now() / 1000
  const told = async (isServed = true): Promise<string> => said(await issuerFindings(issuer, isServed, clock)).join('\n')
  body = { issuer }
  assert.equal(await told(), '')
  date = new Date(Date.now() - 3_600_000).toUTCString()
  assert.match(await told(), /^wrong clock (59 min 5\d s|1 h) off the issuer's/)
  date = undefined
  body = { issuer: 'https://other.test' }
  assert.match(await told(), /calls itself another one\. write the same issuer/)
  for (const odd of ['<html>', 'null', '[]', { issuer: 7 }]) {
    body = odd
    assert.match(await told(), /answers, but not as Curfew does \(200\)/)
  }
  body = 'x'.repeat(1_000_000)
  assert.match(await told(), /^wrong issuer/)
  status = 502
  body = ''
  assert.match(await told(), /not as Curfew does \(502\)/)
  server.close()
  server.closeAllConnections()
  assert.match(
    await told(),
    /^wrong issuer nobody answers .*ECONNREFUSED.*the server runs: does it listen at port \d+\? If at another one, the issuer is set wrong$/,
  )
  assert.match(
    said(await issuerFindings(issuer, undefined, clock)).join(),
    /^wrong issuer .*start a node \(curfew serve\); if one runs: does it listen at port/,
  )
  assert.match(await told(false), /^look issuer nobody answers .*start it: curfew serve/)
})

test('a certificate that nobody vouches for is wrong, one that ends soon is to be looked at', async (t) => {
  const made = await makeCertificate(t, ['localhost'])
  if (!made) return
  const server = createTls({ key: made.key, cert: made.cert }).listen(0, '127.0.0.1')
  t.after(() => void server.close())
  await once(server, 'listening')
  const issuer = `https://localhost:${(server.address() as AddressInfo).port}`
  const told = said(await issuerFindings(issuer, true, () => Date.now() / 1000)).join()
  assert.match(told, /^wrong issuer .* has a certificate that does not hold \((DEPTH_ZERO_)?SELF_SIGNED_CERT\w*\)\. services refuse it/)
  assert.deepEqual(certificate(undefined, now), [])
  assert.match(said(certificate(now + 13 * 86_400, now)).join(), /^look certificate ends in 13 d\. renew it/)
  assert.deepEqual(said(certificate(now + 61 * 86_400, now)), [])
})

test('clocks and sizes', () => {
  assert.equal(clockFinding('clock', 1.9, 'x').state, 'good')
  assert.equal(clockFinding('clock', 2, 'x').state, 'look')
  assert.equal(clockFinding('clock', 31, 'x').state, 'wrong')
  assert.deepEqual(
    [bytes(0), bytes(1023), bytes(1024), bytes(1.5 * 1024 ** 3), bytes(500 * 1024)],
    ['0 B', '1023 B', '1.0 KiB', '1.5 GiB', '500 KiB'],
  )
})
