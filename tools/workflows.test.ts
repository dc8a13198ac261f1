import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { root, runCommand } from './run-command.ts'
import { sbom } from './sbom.ts'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Record<string, unknown>
}

interface Job {
  readonly permissions?: Record<string, string>
  readonly 'timeout-minutes'?: number
  readonly strategy?: { readonly matrix: Record<string, unknown[]> }
  readonly steps: readonly Step[]
}

interface Workflow {
  readonly on: Record<string, unknown>
  readonly permissions: Record<string, string>
  readonly jobs: Record<string, Job>
}

const at = '.github/workflows'
const files = globSync('*.yml', { cwd: join(root, at) }).sort()
const text = (file: string): string => readFileSync(join(root, at, file), 'utf8')
const workflow = (file: string): Workflow => parse(text(file)) as Workflow
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

for (const file of files) {
  const { on, permissions, jobs } = workflow(file)
  const steps = Object.values(jobs).flatMap((job) => job.steps)

  test(`${file}: each action is pinned by its commit, with the version beside it`, () => {
    const lines = text(file)
      .split('\n')
      .filter((line) => /\buses:/.test(line))
    assert.ok(lines.length > 0)
    for (const line of lines) assert.match(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  test(`${file}: it may read, and each job says what it may beyond that; no credentials are left behind; nothing of strangers is run`, () => {
    assert.deepEqual(permissions, { contents: 'read' })
    assert.ok(!('pull_request_target' in on) && !('workflow_run' in on))
    for (const [name, job] of Object.entries(jobs)) {
      assert.ok((job['timeout-minutes'] ?? 0) > 0, name)
      const more = Object.entries(job.permissions ?? {}).filter(([, right]) => right === 'write')
      assert.ok(more.length <= 1 && (more.length === 0 || file === 'release.yml'), name)
    }
    for (const step of steps) {
      if (step.uses?.startsWith('actions/checkout@')) assert.equal(step.with?.['persist-credentials'], false)
      // An expression in a script is a place for an injection; the environment is not.
      assert.doesNotMatch(step.run ?? '', /\$\{\{/)
    }
  })

  test(`${file}: each script that it runs is there`, () => {
    for (const [, name] of steps.flatMap(({ run = '' }) => [...run.matchAll(/npm run (?:--silent )?([\w:]+)/g)]))
      assert.ok(name! in scripts, name)
    for (const [path] of steps.flatMap(({ run = '' }) => [...run.matchAll(/(?<=\s)(tools|\.ci)\/[\w./-]+/g)]))
      assert.ok(existsSync(join(root, path)), path)
  })
}

test('CI checks, and tests on Linux, macOS and Windows, with Node 24 and 26', () => {
  const { matrix } = workflow('ci.yml').jobs.test!.strategy!
  assert.deepEqual(
    (matrix.os as string[]).map((os) => os.split('-')[0]),
    ['ubuntu', 'macos', 'windows'],
  )
  assert.deepEqual(matrix.node, [24, 26])
})

test('a release publishes the verifier, then the server, with provenance and without a token', () => {
  const release = workflow('release.yml')
  const runs = release.jobs.publish!.steps.flatMap(({ run }) => run ?? [])
  assert.deepEqual(
    runs.filter((run) => run.startsWith('npm publish')),
    ['@curfew/verifier', 'curfew'].map((name) => `npm publish --provenance --access public --workspace ${name}`),
  )
  assert.equal(release.jobs.publish!.permissions?.['id-token'], 'write')
  assert.doesNotMatch(text('release.yml'), /secrets\.|_TOKEN:(?! \$\{\{ github\.token)/)
})

test('the templates for issues are forms that ask for something', () => {
  const forms = globSync('.github/ISSUE_TEMPLATE/*.yml', { cwd: root }).filter((file) => !file.endsWith('config.yml'))
  assert.ok(forms.length >= 2)
  for (const file of forms) {
    const form = parse(readFileSync(join(root, file), 'utf8')) as {
      name: string
      description: string
      body: { type: string; id: string }[]
    }
    assert.ok(form.name && form.description && form.body.length > 0, file)
    assert.equal(new Set(form.body.map(({ id }) => id)).size, form.body.length, file)
  }
  assert.match(readFileSync(join(root, '.github/pull_request_template.md'), 'utf8'), /npm test/)
})

const actionlint = process.env.ACTIONLINT ?? join(root, '.tmp/bin/actionlint')

test('actionlint', {
  skip: existsSync(actionlint)
    ? false
    : 'actionlint is not there: GOBIN=$PWD/.tmp/bin go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12',
}, async () => {
  const ran = await runCommand(actionlint, ['-color=false', ...files.map((file) => join(root, at, file))])
  assert.deepEqual([ran.code, ran.output], [0, ''])
})

describe('npm run sbom', { skip: process.env.CURFEW_FULL ? false : 'it installs packages: npm test -- --full workflows' }, () => {
  test('lists both packages and everything that comes with them, and no folder of this machine', async () => {
    const list = await sbom()
    const names = (JSON.parse(list) as { components: { name: string }[] }).components.map(({ name }) => name)
    for (const name of ['curfew', '@curfew/verifier', '@node-rs/argon2', 'commander', 'pino', 'zod']) assert.ok(names.includes(name), name)
    assert.doesNotMatch(list, /file:|\/tmp\//)
  })
})
