import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { parseSync } from 'oxc-parser'
import { type Block, blocks, brokenLinks, pages } from './pages.ts'
import { root, runCommand } from './run-command.ts'

const all = pages()
const code = [...all].flatMap(([page, text]) => blocks(page, text))

mkdirSync(join(root, '.tmp'), { recursive: true })
const folder = mkdtempSync(join(root, '.tmp/docs-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('each link from page to page leads somewhere', () => {
  const broken = [...all].flatMap(([page, text]) => brokenLinks(page, text).map((link) => `${page}: ${link}`))
  assert.deepEqual(broken, [])
})

test('each block of TypeScript in a page compiles against the packages', async () => {
  assert.equal(await compile(code.filter(({ language }) => language === 'ts')), '')
})

test('each block of JavaScript and JSON in a page can be read', () => {
  assert.deepEqual(code.flatMap(unreadable), [])
})

test('each npm script that a page names is there', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
  const named = code
    .filter(({ language, page }) => ['sh', 'bash', 'console'].includes(language) && !page.startsWith('examples/'))
    .flatMap((block) =>
      [...block.code.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)].map((one) => ({ block, script: one[1] ?? one[2]! })),
    )
  const missing = named
    .filter(({ script }) => !(script in scripts))
    .map(({ block, script }) => `${block.page}:${block.line}: npm run ${script}`)
  assert.deepEqual(missing, [])
})

const main = 'packages/server/src/cli/main.ts'
const runnable = code.filter(({ language, mark }) => language === 'sh' && mark.split(' ').includes('run'))

test('each block marked `sh run` runs, with `curfew` at hand', {
  skip: runnable.length === 0 || existsSync(join(root, main)) ? false : 'no command line yet',
}, async () => {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const curfew = `#!/bin/sh\nexec "${process.execPath}" -C curfew-source "${join(root, main)}" "$@"\n`
  writeFileSync(join(bin, 'curfew'), curfew, { mode: 0o755 })
  for (const { page, line, code: script } of runnable) {
    const cwd = mkdtempSync(join(folder, 'run-'))
    const commands = script.replace(/^npx curfew\b/gm, 'curfew')
    const ran = await runCommand('bash', ['-euc', commands], {
      cwd,
      seconds: 60,
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
    })
    assert.equal(ran.code, 0, `${page}:${line}\n${ran.output}`)
  }
})

describe('the checks can fail', () => {
  const page =
    '# A page\n\nSee [there](there.md#a-heading), [that](gone.md), [it](there.md#gone), <img src="gone.svg"> and `[code](x.md)`.\n'
  const there = '## A heading\n'

  test('broken links and anchors are found', () => {
    const read = (file: string) => (file === 'docs/there.md' ? there : undefined)
    assert.deepEqual(brokenLinks('docs/page.md', page, read), ['gone.md', 'there.md#gone', 'gone.svg'])
  })

  test('code that does not compile is found, with the line of the page', async () => {
    const text = "# A page\n\n```ts\nimport { readJson } from '@curfew/verifier/wire'\nexport const a: string = readJson\n```\n"
    assert.match(await compile(blocks('page.md', text)), /^page\.md:5: .*not assignable to type 'string'/)
  })

  test('a continued block goes on from the one before, and hidden code counts', async () => {
    const text = '<!-- with: const b: number = 1 -->\n```ts\nconst a = b\n```\n\n```ts continued\nexport const c: string = a\n```\n'
    assert.match(await compile(blocks('page.md', text)), /^page\.md:7: .*not assignable to type 'string'/)
  })

  test('JSON that cannot be read is found', () => {
    assert.equal(blocks('page.md', '```json\n{ a: 1 }\n```\n').flatMap(unreadable).length, 1)
  })
})

test('what mounting.md shows of Next.js is what the tested example has', () => {
  const shown = code.filter(({ page, language }) => page === 'docs/mounting.md' && language === 'tsx')
  assert.ok(shown.length >= 6)
  for (const { code: text, line } of shown) {
    const [, path, rest] = /^\/\/ (\S+)\n([\s\S]+)$/.exec(text)!
    assert.equal(readFileSync(join(root, 'examples/nextjs', path!), 'utf8').trim(), rest, `docs/mounting.md:${line}`)
  }
})

function unreadable({ page, line, language, code: text }: Block): string[] {
  if (['js', 'mjs', 'cjs'].includes(language))
    return parseSync(`block.${language}`, text).errors.map((error) => `${page}:${line}: ${error.message}`)
  if (language !== 'json') return []
  try {
    JSON.parse(text)
    return []
  } catch (error) {
    return [`${page}:${line}: ${(error as Error).message}`]
  }
}

/** Compiles the blocks, each a module of its own; what the compiler says, with the lines of the pages. */
async function compile(parts: readonly Block[]): Promise<string> {
  const modules: { origins: { page: string; line: number }[]; lines: string[] }[] = []
  for (const part of parts) {
    const goesOn = part.mark.split(' ').includes('continued') && modules.length > 0
    const module = goesOn ? modules.at(-1)! : { origins: [], lines: [] }
    if (!goesOn) modules.push(module)
    const lines = [...(part.before ? [part.before] : []), ...part.code.split('\n')]
    for (const [at, line] of lines.entries()) {
      module.lines.push(line)
      module.origins.push({ page: part.page, line: part.line + at - (part.before ? 1 : 0) })
    }
  }
  if (modules.length === 0) return ''
  const project = mkdtempSync(join(folder, 'compile-'))
  for (const [at, { lines }] of modules.entries()) writeFileSync(join(project, `${at}.ts`), `${lines.join('\n')}\nexport {}\n`)
  const compilerOptions = {
    ...{ composite: false, declaration: false, isolatedDeclarations: false, noEmit: true, allowImportingTsExtensions: true },
    ...{ rewriteRelativeImportExtensions: false, noUnusedLocals: false, noUnusedParameters: false, types: ['node'] },
    lib: ['es2024', 'dom', 'dom.iterable'],
  }
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.base.json'), compilerOptions, include: ['*.ts'] }),
  )
  const ran = await runCommand(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project, '--pretty', 'false'])
  return ran.output.replace(/^.*?(\d+)\.ts\((\d+),\d+\): /gm, (whole, module: string, line: string) => {
    const origin = modules[Number(module)]?.origins[Number(line) - 1]
    return origin ? `${origin.page}:${origin.line}: ` : whole
  })
}
