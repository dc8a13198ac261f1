// For the examples' own tests: starts a program of an example as a person would, and speaks with it as an app or a page.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'

/** The conditions that this test runs with: sources in the repository, the installed packages elsewhere. */
export const conditions: readonly string[] = process.execArgv.flatMap((one, index, all) =>
  one === '-C' ? [one, all[index + 1] ?? ''] : [],
)

export const password = 'a long walk by the sea'

export interface Program {
  readonly url: string
  readonly database: string
  /** Asks it to stop, and sees that it did so cleanly: Curfew closed its database and took its control socket away. */
  stop(): Promise<void>
}

export interface Start {
  readonly cwd: string
  readonly argv: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** What its first useful line has in it; its address, where nothing else is said. */
  readonly says?: RegExp
}

/** Starts it on a port and with a database of its own; gone again after the test. */
export async function startProgram(t: Pick<TestContext, 'after'>, { cwd, argv, env, says }: Start): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-example-'))
  const database = join(folder, 'curfew.db')
  const port = await freePort()
  const url = `http://localhost:${port}`
  const child: ChildProcess = spawn(process.execPath, [...conditions, ...argv], {
    cwd,
    env: { ...process.env, PORT: String(port), CURFEW_DATABASE: database, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await exit
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  })
  const wanted = says ?? new RegExp(url)
  const started = (async () => {
    for await (const line of createInterface({ input: child.stdout! })) if (wanted.test(line)) return
  })()
  await Promise.race([started, exit.then(([code]) => assert.fail(`${argv.join(' ')} ended with ${code}: ${said}`))])
  return {
    url,
    database,
    async stop() {
      child.kill('SIGTERM')
      const [code, signal] = await exit
      if (process.platform === 'win32') return // there a signal ends a process, and cannot be heard
      // Some frameworks end with the signal, or with the code that stands for it, once they are done.
      assert.ok(code === 0 || code === 143 || signal === 'SIGTERM', `${argv.join(' ')} ended with ${code ?? signal}: ${said}`)
      assert.ok(
        !existsSync(`${database}-wal`) && !existsSync(`${database}.control/socket`),
        `${argv.join(' ')} did not close Curfew: ${said}`,
      )
    },
  }
}

/** A port that nobody listened at a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

/** `npx curfew …` beside a running program. */
export function curfew(cwd: string, database: string, ...args: string[]): string {
  const bin = join(dirname(createRequire(join(cwd, 'package.json')).resolve('curfew/package.json')), 'bin/curfew.cjs')
  const ran = spawnSync(process.execPath, [bin, '--database', database, ...args], { cwd, encoding: 'utf8' })
  assert.equal(ran.status, 0, ran.stderr)
  return ran.stdout
}

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: what a body holds is what the test is about.
  readonly body: any
  readonly headers: Headers
}

/** One call with JSON, and its answer. */
export async function call(method: string, url: string, headers: Record<string, string> = {}, body?: unknown): Promise<Answer> {
  const answer = await fetch(url, {
    method,
    redirect: 'manual',
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.startsWith('application/json')
  return { status: answer.status, body: isJson && text !== '' ? JSON.parse(text) : text, headers: answer.headers }
}

export const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` })

/** The cookies that an answer sets, as a browser sends them back. */
export function cookiesOf({ headers }: Answer): string {
  return headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ')
}
