import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { parseSync, Visitor } from 'oxc-parser'
import { blocks } from './pages.ts'
import { root, runCommand } from './run-command.ts'

const page = 'docs/questions.md'
const text = readFileSync(join(root, page), 'utf8')
const [now, later] = text.split('\n## Later\n') as [string, string]

const all = Array.from({ length: 28 }, (_, index) => `S${index + 1}`)
const answered = [...now.matchAll(/^### (S\d+)\. "/gm)].map(([, number]) => number!)
const postponed = [...later.matchAll(/^- \*\*(S\d+)\.\*\* "/gm)].map(([, number]) => number!)

test('each of the questions is in the page once: answered, or told to come later', () => {
  assert.deepEqual([...answered, ...postponed].sort(byNumber), all)
  assert.deepEqual(postponed.sort(byNumber), ['S5', 'S17', 'S23'])
})

test('each question that is answered is shown by a test which quotes its number', () => {
  const shown = quoted()
  assert.deepEqual(
    answered.filter((number) => !shown.has(number)),
    [],
  )
})

describe('the commands of the page, against the login in one file', () => {
  const folder = mkdtempSync(join(mkTemporary(), 'questions-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('print what the page says', async () => {
    const port = await freePort()
    const conditions = process.execArgv.flatMap((one, index, list) => (one === '-C' ? [one, list[index + 1] ?? ''] : []))
    const app = spawn(process.execPath, [...conditions, join(root, 'examples/express-login/app.ts')], {
      cwd: folder,
      env: { ...process.env, PORT: String(port), CURFEW_DATABASE: 'curfew.db' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      await Promise.race([once(app.stdout!, 'data'), once(app, 'exit').then(() => assert.fail('the login did not start'))])
      const shown = withOutputs()
      // All in one shell, as a reader types them; a line of its own between the blocks' outputs.
      const script = shown.map(({ code }) => `${code.replaceAll('localhost:3000', `localhost:${port}`)}\necho "$mark"`).join('\n')
      const ran = await runCommand('bash', ['-euo', 'pipefail', '-c', `npx() { shift; ${curfewCommand()} "$@"; }\n${script}`], {
        cwd: folder,
        seconds: 60,
        env: { ...process.env, mark },
      })
      assert.equal(ran.code, 0, ran.output)
      const printed = ran.output.split(`${mark}\n`)
      for (const [index, { line, expected }] of shown.entries()) {
        if (expected !== undefined) assert.match(printed[index] ?? '', pattern(expected), `${page}:${line}`)
      }
    } finally {
      app.kill()
      if (app.exitCode === null) await once(app, 'exit')
    }
  })
})

test('a wrong output would be seen', () => {
  assert.doesNotMatch('401\n', pattern('200'))
  assert.match('confirmed  4.1 ms\n', pattern('confirmed  …'))
})

const mark = '— — —'

function withOutputs(): { line: number; code: string; expected: string | undefined }[] {
  const found = blocks(page, text)
  return found.flatMap(({ language, mark: marked, line, code }, index) => {
    if (language !== 'sh' || marked !== 'shown') return []
    const next = found[index + 1]
    return [{ line, code, expected: next?.language === 'text' ? next.code : undefined }]
  })
}

/** What a block prints, to the letter; `…` stands for the rest of a line. */
function pattern(expected: string): RegExp {
  const escaped = expected.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '.*')
  return new RegExp(`^${escaped}\n$`)
}

function curfewCommand(): string {
  return `'${process.execPath}' -C curfew-source '${join(root, 'packages/server/src/cli/main.ts')}'`
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  return port
}

function mkTemporary(): string {
  const place = join(root, '.tmp')
  mkdirSync(place, { recursive: true })
  return place
}

/** The numbers that tests quote in their names. */
function quoted(): Set<string> {
  const found = new Set<string>()
  const take = (value: string) => {
    // The protocol, too, has rules S1 to S6: of the low numbers, only `question S1` is a question.
    for (const [number] of value.matchAll(/\bS\d\d\b/g)) found.add(number)
    for (const [, numbers] of value.matchAll(/\bquestions? (S\d+(?:(?:, | and )S\d+)*)/gi))
      for (const [number] of numbers!.matchAll(/S\d+/g)) found.add(number)
  }
  const places = ['packages/*/test/**/*.test.ts', 'packages/*/src/testing/**/*.ts', 'examples/*/test/**/*.ts', 'tools/*.test.ts']
  for (const file of places.flatMap((place) => globSync(place, { cwd: root, exclude: (path) => path.includes('node_modules') }))) {
    if (file === 'tools/questions.test.ts') continue
    const visitor = new Visitor({
      CallExpression({ callee, arguments: [name] }) {
        if (callee.type !== 'Identifier' || !['test', 'it', 'describe'].includes(callee.name)) return
        if (name?.type === 'Literal' && typeof name.value === 'string') take(name.value)
        if (name?.type === 'TemplateLiteral') for (const { value } of name.quasis) take(value.raw)
      },
    })
    visitor.visit(parseSync(file, readFileSync(join(root, file), 'utf8')).program)
  }
  return found
}

function byNumber(a: string, b: string): number {
  return Number(a.slice(1)) - Number(b.slice(1))
}
