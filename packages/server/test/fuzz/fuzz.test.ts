import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createVerifier, type Verifier } from '@curfew/verifier'
import { freePort } from '../../prove/processes.ts'
import type { CurfewOptions } from '../../src/index.ts'
import { routes } from '../../src/routes.ts'
import { call, opsSecret } from '../endpoints/calling.ts'
import { clients, ordersKey, secret, services } from '../endpoints/clients.ts'
import { audience } from '../endpoints/running.ts'
import { chanceFrom } from './chance.ts'
import { drawn, goodRequest, goodRequests } from './good-requests.ts'
import { mutate } from './mutate.ts'
import { makePerson, type Person } from './people.ts'
import { keepSecrets, type Secrets } from './secrets.ts'
import { type Came, send, write } from './wire.ts'

const isFull = process.env.CURFEW_FULL === '1'
const requests = Number(process.env.CURFEW_FUZZ ?? (isFull ? 30_000 : 500))
const seed = Number(process.env.CURFEW_SEED ?? 20_261_124)
/** Requests that are under way at once. */
const width = 48
/** After so many requests, one of the people is replaced by somebody who has everything again. */
const renewal = 700
/** No answer takes longer: 250 ms for a lease, 500 for a sign-in that fails, and the rest for a machine that does other things, too. */
const patience = 20_000

const nothing = (): void => undefined
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing }

test('every route of routes.ts is in the table of the generator, and nothing else', () => {
  const all = routes({ signUp: true, ownAccounts: true, mail: true, mailLink: true, serve: true }).map(
    ({ method, path }) => `${method} ${path}`,
  )
  assert.deepEqual(Object.keys(goodRequests).sort(), all.sort())
})

interface Issuer {
  readonly port: number
  readonly url: string
  readonly child: ChildProcess
  readonly secrets: Secrets
  /** What was found in the log. */
  readonly leaks: string[]
  readonly lines: () => number
  readonly died: () => boolean
  mailed(to: string, page: string): Promise<string>
  heap(): Promise<number>
  close(): Promise<void>
}

async function open(more: Partial<CurfewOptions>): Promise<Issuer> {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-fuzz-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const secrets = keepSecrets()
  const master = `Master7${'kT4vB9xQ2mLp8Wz'.repeat(2)}`
  for (const [what, value] of Object.entries({
    master,
    'client secret': secret,
    'operator secret': opsSecret,
    'service key': ordersKey.secret,
  }))
    secrets.add('never', what, value)
  const options = {
    ...{ issuer: url, audience, database: join(folder, 'curfew.db'), secret: master, lease: 200, control: false },
    accounts: { signUp: true, mailLink: true },
    clients: [
      ...clients,
      { id: 'ops', secret: opsSecret, grants: ['client_credentials'], scopes: ['curfew:end'], audience: url },
      { id: 'first-party', grants: ['refresh_token'], scopes: ['openid', 'profile', 'email'] },
    ],
    services: services.map((one) => ({ ...one, checks: 'follow' })),
    ...more,
  }
  const child = fork(fileURLToPath(new URL('issuer.ts', import.meta.url)), {
    execArgv: ['-C', 'curfew-source', '--expose-gc'],
    env: { ...process.env, FUZZ_SETUP: JSON.stringify({ port, options }) },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4000)
  })
  const leaks: string[] = []
  const mails: { to: string; text: string }[] = []
  const waiting = new Set<() => void>()
  let lines = 0
  let heap: ((bytes: number) => void) | undefined
  const exit = once(child, 'exit')
  const ready = new Promise<boolean>((resolve) => {
    void exit.then(() => resolve(false))
    child.on('message', (message: { ready?: true; log?: string; mail?: { to: string; text: string }; heap?: number }) => {
      if (message.ready) resolve(true)
      if (message.heap !== undefined) heap?.(message.heap)
      if (message.mail) {
        mails.push(message.mail)
        for (const look of waiting) look()
      }
      if (message.log === undefined) return
      lines += 1
      const found = secrets.in(message.log)
      if (found.length > 0) leaks.push(`${found.join(', ')}, in the log: ${message.log.slice(0, 400)}`)
    })
  })
  assert.ok(await ready, said)
  return {
    ...{ port, url, child, secrets, leaks },
    lines: () => lines,
    died: () => child.exitCode !== null || child.signalCode !== null,
    async mailed(to, page) {
      for (;;) {
        const at = mails.findIndex((one) => one.to === to && one.text.includes(`${page}?token=`))
        if (at >= 0) return /token=([\w-]{43})/.exec(mails.splice(at, 1)[0]!.text)![1]!
        // Whoever asked for it may have been signed out meanwhile: then none comes.
        const isLate = await Promise.race([
          new Promise<false>((look) => waiting.add(() => look(false))),
          new Promise<true>((late) => setTimeout(late, patience, true).unref()),
        ])
        if (isLate) throw new Error(`no mail for ${page}`)
      }
    },
    heap: () =>
      new Promise((resolve) => {
        heap = resolve
        child.send('heap')
      }),
    async close() {
      if (child.connected) child.send('stop')
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await exit
      clearTimeout(late)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What is wrong with an answer, if anything. */
function problemOf(came: Came, strict: boolean, secrets: Secrets): string | undefined {
  const { status, head, body, hung } = came
  if (hung) return `no answer within ${patience} ms`
  if (status === undefined) return strict ? 'the connection was closed without an answer' : undefined
  if (status >= 500 && !(status === 503 && /^retry-after: \d+/im.test(head)) && !(status === 505 && !strict))
    return `${status} ${body.slice(0, 300)}`
  // POST /authorize sends the browser on to GET with the parameters of an authorization request, whatever was put into them.
  const all = `${head.replace(/^location: \/authorize\?.*$/im, '')}\n${body}`
  const isPage = /^content-type: text\/html/im.test(head)
  const echoed = [...secrets.in(all, 'never'), ...(status >= 400 && !isPage ? secrets.in(all, 'refusals') : [])]
  if (echoed.length > 0) return `told in an answer ${status}: ${echoed.join(', ')}\n${all.slice(0, 600)}`
  return undefined
}

/** Fuzzes an issuer; what came of it. */
async function fuzz(
  issuer: Issuer,
  count: number,
  from: number,
  { onQuarter, behindProxy = false }: { onQuarter?: (quarter: number) => Promise<void>; behindProxy?: boolean } = {},
) {
  const chance = chanceFrom(from)
  const people: Person[] = [await makePerson(issuer.url, issuer.mailed, issuer.secrets)]
  if (isFull) people.push(await makePerson(issuer.url, issuer.mailed, issuer.secrets))
  const statuses = new Map<string, number>()
  const good = new Map<string, number>()
  const problems: string[] = []
  let sent = 0
  let quarter = 0
  let renewing: Promise<void> | undefined

  const one = async (): Promise<void> => {
    const name = chance.pick(drawn)
    const shape = goodRequest(name, chance.pick(people), chance)
    if (behindProxy) shape.headers.push(['x-forwarded-for', `203.0.113.${chance.below(3)}`])
    const times = chance.pick([0, 0, 1, 1, 1, 2, 3])
    for (let n = 0; n < times; n += 1) mutate(shape, chance, () => issuer.secrets.some(chance.next()))
    const written = write(shape, chance, chance.is(0.2))
    const came = await send(issuer.port, written, patience)
    const { status = 'closed' } = came
    statuses.set(String(status), (statuses.get(String(status)) ?? 0) + 1)
    if (came.status !== undefined && came.status < 400 && times === 0) good.set(name, (good.get(name) ?? 0) + 1)
    const problem = written.leaves ? undefined : problemOf(came, written.strict, issuer.secrets)
    if (problem === undefined) return
    const text = Buffer.concat([...written.pieces]).toString('latin1')
    problems.push(`${problem}\n--- ${name}, request ${sent} of seed ${from}:\n${text.slice(0, 1500)}`)
  }
  const renew = async (): Promise<void> => {
    try {
      people.splice(chance.below(people.length), 1, await makePerson(issuer.url, issuer.mailed, issuer.secrets))
    } catch {
      // Somebody ended everything meanwhile: the next one comes soon.
    }
    renewing = undefined
  }
  const worker = async (): Promise<void> => {
    while (sent < count && problems.length < 5 && !issuer.died()) {
      sent += 1
      if (sent % renewal === 0) renewing ??= renew()
      if (onQuarter && sent >= (count * (quarter + 1)) / 4) {
        quarter += 1
        await onQuarter(quarter)
      }
      await one()
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  await renewing
  return { sent, statuses, good, problems }
}

describe(`fuzzing: ${requests} requests, seed ${seed}`, () => {
  let issuer: Issuer
  let verifier: Verifier
  before(async () => {
    issuer = await open({ limits: false })
    verifier = createVerifier({ issuer: issuer.url, audience, key: `cfk_${ordersKey.id}_${ordersKey.secret}`, logger: silent })
    await verifier.ready()
  })
  after(async () => {
    await verifier.close()
    await issuer.close()
  })

  test('every endpoint, whatever comes: never a 5xx, never a hang, never a secret told, no more memory (LO-1, TK-13, AZ-6)', async (context) => {
    const heaps: number[] = []
    const began = performance.now()
    const stalled = isFull ? stall(issuer.port) : Promise.resolve([])
    const found = await fuzz(issuer, requests, seed, { onQuarter: async () => void heaps.push(await issuer.heap()) })
    const seconds = (performance.now() - began) / 1000
    heaps.push(await issuer.heap())
    context.diagnostic(
      `${found.sent} requests in ${seconds.toFixed(1)} s; ${issuer.secrets.count()} secrets; ${issuer.lines()} log lines; ` +
        `heap ${heaps.map((one) => (one / 1024 / 1024).toFixed(1)).join(', ')} MB; ${[...found.statuses]
          .sort()
          .map(([status, times]) => `${status}: ${times}`)
          .join(', ')}`,
    )
    assert.deepEqual(found.problems.slice(0, 3), [])
    assert.equal(issuer.died(), false)
    assert.deepEqual(issuer.leaks.slice(0, 3), [])
    assert.ok(issuer.lines() > found.sent / 3, 'the log was read')
    assert.deepEqual(await stalled, [])
    const [first = 0, last = 0] = [heaps[0], heaps.at(-1)]
    assert.ok(last - first < 12 * 1024 * 1024, `the heap grew from ${first} to ${last} bytes`)
    if (!isFull) return
    // Deep: what is not changed is what the endpoint does, not only what it refuses.
    const missing = Object.keys(goodRequests).filter((name) => !found.good.has(name))
    context.diagnostic(`routes that no good request reached: ${missing.join(', ') || 'none'}`)
    assert.ok(missing.length < 10, missing.join(', '))
  })

  test('afterwards it serves as before, and a sign-out is confirmed', async () => {
    const person = await makePerson(issuer.url, issuer.mailed, issuer.secrets)
    assert.equal((await verifier.verify({ token: person.phone.access })).outcome, 'accepted')
    const { status, body } = await call(issuer.url, 'POST', '/session/sign-out', { refresh_token: person.phone.refresh })
    assert.deepEqual([status, body.confirmed, body.ended], [200, true, 1])
    assert.equal((await verifier.verify({ token: person.phone.access })).outcome, 'refused')
  })
})

test('the same with limits: whoever asks too often hears 429 and when to come back; still no 5xx and no secret (RL-1)', async (context) => {
  const issuer = await open({ proxies: ['127.0.0.1'], limits: { requests: { burst: 4, every: 60 } } })
  context.after(() => issuer.close())
  const found = await fuzz(issuer, isFull ? 1500 : 150, seed + 1, { behindProxy: true })
  assert.deepEqual(found.problems.slice(0, 3), [])
  assert.deepEqual(issuer.leaks.slice(0, 3), [])
  assert.ok((found.statuses.get('429') ?? 0) > 5, JSON.stringify([...found.statuses]))
})

test('the judge itself sees what it should', () => {
  const secrets = keepSecrets()
  secrets.add('never', 'password', 'Pw7abcdefghijklmnopq')
  secrets.add('refusals', 'token', `eyJhbGciOiJub25lIn0.e30.${'Sig7'.repeat(10)}`)
  const came = (status: number, body: string, head = ''): Came => ({ status, head: `HTTP/1.1 ${status} X\r\n${head}`, body, hung: false })
  const judged = (one: Came, strict = true): boolean => problemOf(one, strict, secrets) !== undefined
  assert.ok(judged(came(500, '')))
  assert.ok(judged(came(503, '')))
  assert.ok(!judged(came(503, '', 'Retry-After: 1')))
  assert.ok(judged(came(200, 'Pw7abcdefghijklmnopq')))
  assert.ok(judged(came(400, `a ${'Sig7'.repeat(10)} b`)))
  assert.ok(!judged(came(200, `a ${'Sig7'.repeat(10)} b`)))
  assert.ok(judged({ status: undefined, head: '', body: '', hung: false }))
  assert.ok(judged({ status: undefined, head: '', body: '', hung: true }, false))
})

/** Heads and bodies that stop in the middle while the connection stays open: each is over within the times of cli/serve.ts and http/body.ts. */
async function stall(port: number): Promise<string[]> {
  const head = 'POST /token HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\n'
  // A body: 10 s. A head: 15 s, looked at every 30.
  const halves = [
    [`${head}content-length: 50\r\n\r\ngrant_type=`, 15],
    [`${head}transfer-encoding: chunked\r\n\r\n5\r\nabc`, 15],
    [head, 50],
    ['GET /jwks HT', 50],
  ] as const
  const late: string[] = []
  await Promise.all(
    halves.map(async ([text, seconds]) => {
      const socket = connect(port, '127.0.0.1')
      socket
        .on('error', () => undefined)
        .resume()
        .write(text)
      const timer = setTimeout(
        () => {
          late.push(`still open after ${seconds} s: ${text.slice(0, 40)}`)
          socket.destroy()
        },
        (seconds + 10) * 1000,
      )
      await once(socket, 'close')
      clearTimeout(timer)
    }),
  )
  return late
}
