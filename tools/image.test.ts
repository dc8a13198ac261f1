import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join, matchesGlob } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { deployFile, port } from './deployed.ts'
import { root, runCommand } from './run-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'curfew-image-'))
after(() => rmSync(folder, { recursive: true, force: true }))

// As in the image: this Node, and none of npm's settings of this repository.
const env: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(CURFEW_|npm_(?!config_(registry|cafile|.*proxy)))/i.test(name))),
  PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
}

/**
 * Where there is no engine, the Dockerfile is gone through line by line: each stage is a folder, what .dockerignore lets in is what is there to
 * copy, and npm runs. What needs root (users, owners) is left out.
 */
test('the image, built without an engine: only what it needs, it serves, says that it is alive, and stops cleanly', {
  skip: process.env.CURFEW_FULL ? false : 'it installs packages: npm test -- --full image',
  timeout: 300_000,
}, async () => {
  const stage = await build()
  const installed = join(stage, 'app/node_modules')
  for (const name of ['typescript', '@biomejs', 'playwright-core', 'express']) assert.ok(!existsSync(join(installed, name)), name)
  for (const name of ['src', 'test']) assert.ok(!existsSync(join(stage, 'app/packages/server', name)), name)

  const listens = await freePort()
  const at = mkdtempSync(join(folder, 'etc-'))
  const [command, ...argv] = [...(list('ENTRYPOINT') as string[]), ...(list('CMD') as string[])].map((word) =>
    word === String(port) ? String(listens) : word === '0.0.0.0' ? '127.0.0.1' : word,
  )
  const child = spawn(join(installed, '.bin', command!), argv, {
    cwd: at,
    env: {
      ...{ ...env, NODE_ENV: 'production', CURFEW_ISSUER: `http://localhost:${listens}`, CURFEW_AUDIENCE: 'https://api.example.com' },
      ...{ CURFEW_SECRET: 'a master secret for tests, which is long enough', CURFEW_DATABASE: join(at, 'curfew.db') },
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  try {
    const started = once(createInterface({ input: child.stdout }), 'line')
    const [line] = (await Promise.race([started, exit.then(() => assert.fail('it ended'))])) as [string]
    assert.match(line, /"event":"started"/)
    const check = JSON.parse(/HEALTHCHECK .* CMD (\[.*\])$/m.exec(deployFile('Dockerfile'))![1]!) as string[]
    const healthy = check.map((word) => word.replace(`:${port}/`, `:${listens}/`))
    assert.equal((await runCommand(healthy[0]!, healthy.slice(1), { env })).code, 0)
    const unhealthy = check.map((word) => word.replace(`:${port}/`, ':1/'))
    assert.equal((await runCommand(unhealthy[0]!, unhealthy.slice(1), { env })).code, 1)
  } finally {
    child.kill('SIGTERM')
    await exit
  }
  assert.equal(child.exitCode, 0)
})

/** Goes through the Dockerfile; gives the last stage's folder. */
async function build(): Promise<string> {
  const context = letIn()
  const stages = new Map<string, string>()
  let [stage, workdir] = ['', '/']
  for (const line of deployFile('Dockerfile').split('\n')) {
    const [instruction, ...words] = line.split(' ')
    if (instruction === 'FROM') {
      stage = mkdtempSync(join(folder, 'stage-'))
      if (words[1] === 'AS') stages.set(words[2]!, stage)
    } else if (instruction === 'WORKDIR') {
      workdir = words[0]!
      mkdirSync(join(stage, workdir), { recursive: true })
    } else if (instruction === 'COPY') {
      const from = words[0]!.startsWith('--from=') ? stages.get(words.shift()!.slice('--from='.length)) : undefined
      const to = words.pop()!
      for (const word of words) copy(context, from, word, join(stage, workdir), to)
    } else if (instruction === 'RUN' && words[0] === 'npm') {
      const ran = await runCommand('npm', words.slice(1), { cwd: join(stage, workdir), env })
      assert.equal(ran.code, 0, `${line}\n${ran.output}`)
    }
  }
  return stage
}

/** COPY: a file goes into a folder that is written with a slash at its end; of a folder, its content is copied. */
function copy(context: readonly string[], from: string | undefined, word: string, workdir: string, to: string): void {
  if (from !== undefined) {
    cpSync(join(from, word), join(workdir, to), { recursive: true })
    return
  }
  const files = context.filter((file) => word === '.' || file === word || file.startsWith(`${word}/`))
  assert.ok(files.length > 0, `${word} is not let in by .dockerignore`)
  for (const file of files) {
    const isFolder = statSync(join(root, word)).isDirectory()
    const place = word === '.' ? file : isFolder ? join(to, file.slice(word.length)) : to.endsWith('/') ? join(to, basename(file)) : to
    cpSync(join(root, file), join(workdir, place))
  }
}

/** What .dockerignore lets in: the last line that says something about a file, or a folder above it, counts. */
function letIn(): string[] {
  const lines = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')
  const rules = lines.filter((line) => line !== '' && !line.startsWith('#'))
  const about = (rule: string, file: string) =>
    [rule.replace('!', ''), `${rule.replace('!', '')}/**`].some((glob) => matchesGlob(file, glob))
  const all = globSync('**', { cwd: root, exclude: (path) => /(^|\/)(node_modules|dist|\.git|\.tmp)$/.test(path) })
  return [...all, '.npmrc'].filter(
    (file) =>
      statSync(join(root, file), { throwIfNoEntry: false })?.isFile() &&
      (rules.findLast((rule) => about(rule, file))?.startsWith('!') ?? true),
  )
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port: free } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return free
}

function list(name: string): unknown {
  return JSON.parse(new RegExp(`^${name} (\\[.*\\])$`, 'm').exec(deployFile('Dockerfile'))![1]!)
}
