import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createVerifier } from '@curfew/verifier'
import { askServer } from '../../src/control/ask-server.ts'
import type { CurfewOptions } from '../../src/index.ts'
import { freePort } from '../processes.ts'
import { type Kind, makeCrowd, rates, redirect } from './crowd.ts'
import { type Found, judge, type Sample } from './flatness.ts'

/** What a soak came to. */
export interface Soaked {
  readonly samples: readonly Sample[]
  readonly found: readonly Found[]
  readonly done: Readonly<Record<string, number>>
  /** What was due while too much was under way. */
  readonly leftOut: number
  readonly problems: readonly string[]
  /** The highest number of the ledger: how many entries were ever made. */
  readonly head: number
}

/** Seconds. Short, so that what is born in the first minutes is forgotten well before the second half. */
const life = { access: 20, idle: 25, absolute: 50 } as const
const grace = 30_000 // of the first-party client, as it is

const nothing = (): void => undefined
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** Runs mixed load on the product as a process of its own, on a real file, and samples what it takes. */
export async function soak(
  given: { readonly seconds: number; readonly every: number },
  onSample: (sample: Sample) => void = () => undefined,
): Promise<Soaked> {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-soak-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const audience = 'https://api.soak.test'
  const key = `cfk_orders_${randomBytes(32).toString('base64url')}`
  const database = join(folder, 'curfew.db')
  const options: CurfewOptions = {
    ...{ issuer: url, audience, database, secret: randomBytes(32).toString('base64url'), accounts: { signUp: true } },
    session: { accessLifetime: life.access, idleLifetime: life.idle, absoluteLifetime: life.absolute },
    clients: [{ id: 'web', redirectUris: [redirect], scopes: ['openid'], consent: 'skip', accessLifetime: life.access }],
    services: [{ id: 'orders', audience, key }],
    limits: false, // one machine is everybody
  }
  const child = fork(fileURLToPath(new URL('issuer.ts', import.meta.url)), {
    execArgv: ['-C', 'curfew-source', '--expose-gc'],
    env: { ...process.env, SOAK_SETUP: JSON.stringify({ port, options }) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exit = once(child, 'exit')
  const ready = await Promise.race([once(child, 'message').then(() => true), exit.then(() => false)])
  if (!ready) throw new Error('The issuer did not start.')
  const verifier = createVerifier({ issuer: url, audience, key, logger: silent })
  const place = { url, verifier, accessLife: life.access * 1000, absoluteLife: life.absolute * 1000, grace }
  const crowd = makeCrowd(place)
  const samples: Sample[] = []
  let head = 0

  async function sample(at: number): Promise<void> {
    const answer = once(child, 'message') as Promise<[{ rss: number; heap: number }]>
    child.send('sample')
    const [{ rss, heap }] = await answer
    const status = (await askServer(`${database}.control/socket`, 'status', {})) as { done: Record<string, number> }
    const { entries = 0, sessions = 0, users = 0 } = status.done
    head = status.done.head ?? head
    const file = [database, `${database}-wal`].reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0)
    const [refresh, signOut] = [crowd.times.refresh.take(), crowd.times.signOut.take()]
    const times = { refreshP50: refresh.p50, refreshP99: refresh.p99, signOutP50: signOut.p50 }
    const taken = { at: Math.round(at), heap, rss, file, entries, sessions, users, ...times }
    samples.push(taken)
    onSample(taken)
  }

  try {
    await verifier.ready()
    await crowd.open()
    const { leftOut } = await drive(crowd.act, given, sample)
    const done = Object.fromEntries(crowd.done)
    return { samples, found: judge(samples), done, leftOut, problems: crowd.problems, head }
  } finally {
    await verifier.close()
    crowd.close()
    if (child.connected) child.send('stop')
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await exit
    clearTimeout(late)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Does each thing as often as it is due. What is due while forty are under way is left out, and counted. */
async function drive(
  act: (kind: Kind) => Promise<void>,
  { seconds, every }: { readonly seconds: number; readonly every: number },
  sample: (at: number) => Promise<void>,
): Promise<{ leftOut: number }> {
  const tick = 100
  const began = performance.now()
  const due = new Map<Kind, number>()
  const underWay = new Set<Promise<void>>()
  let leftOut = 0
  let next = every
  for (let at = 0; at < seconds; ) {
    await new Promise((later) => setTimeout(later, tick))
    const elapsed = (performance.now() - began) / 1000
    for (const kind of Object.keys(rates) as Kind[]) {
      let owed = (due.get(kind) ?? 0) + rates[kind] * (elapsed - at)
      for (; owed >= 1; owed -= 1) {
        if (underWay.size >= 40) {
          leftOut += 1
          continue
        }
        const work = act(kind)
        underWay.add(work)
        void work.then(() => underWay.delete(work))
      }
      due.set(kind, owed)
    }
    at = elapsed
    if (at < next) continue
    next += every
    await sample(at)
  }
  await Promise.all(underWay)
  return { leftOut }
}
