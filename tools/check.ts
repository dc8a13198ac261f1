/** `npm run check`: everything that a reviewer would ask, in under a minute. */
import { existsSync } from 'node:fs'
import { inParallel, type Ran, root, runCommand, runNode } from './run-command.ts'

interface Step {
  readonly name: string
  readonly run: () => Promise<Ran>
}

/** A tool of ours or of node_modules, by the Node that runs this. */
const bin =
  (file: string, ...args: string[]) =>
  () =>
    runCommand(process.execPath, [`${root}node_modules/${file}`, ...args], { seconds: 120 })
const tests =
  (...files: string[]) =>
  () =>
    runNode(['--test', '--test-reporter=dot', ...files.map((file) => `${root}tools/${file}`)], { seconds: 120 })

/** What the later steps read. */
const first: Step[] = [
  { name: 'types', run: bin('typescript/bin/tsc', '-b') },
  { name: 'assets', run: () => runNode([`${root}tools/copy-assets.ts`]) },
]

const rest: Step[] = [
  { name: 'types of the tests', run: bin('typescript/bin/tsc', '-p', 'tsconfig.tests.json') },
  // What stands outside of the workspaces is checked where it is installed: always in CI.
  ...(['bench', 'docs'] as const)
    .filter((folder) => existsSync(`${root}${folder}/node_modules`))
    .map((folder) => ({ name: `types of ${folder}`, run: bin('typescript/bin/tsc', '-p', folder) })),
  { name: 'docs: code and links', run: tests('docs.test.ts') },
  { name: 'dead code', run: bin('knip/bin/knip.js', '--no-progress') },
  { name: 'layers', run: tests('layers.test.ts') },
  { name: 'style', run: bin('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.') },
  { name: 'exports', run: tests('subpaths.test.ts') },
  { name: 'publint: verifier', run: bin('publint/src/cli.js', 'run', 'packages/verifier', '--strict') },
  { name: 'publint: server', run: bin('publint/src/cli.js', 'run', 'packages/server', '--strict') },
  { name: 'requirements', run: tests('requirements.test.ts') },
  { name: 'lock file', run: tests('lock-file.test.ts') },
]

const width = Math.max(...[...first, ...rest].map(({ name }) => name.length))
const begin = performance.now()
let failed = 0

for (const step of first) await take(step)
await inParallel(2, rest, take)
const all = first.length + rest.length
console.log(`\n${all - failed} of ${all} steps are good, ${((performance.now() - begin) / 1000).toFixed(1)} s`)
process.exit(failed === 0 ? 0 : 1)

async function take({ name, run }: Step): Promise<void> {
  const { code, output, seconds, timedOut } = await run()
  console.log(`${code === 0 ? '✔' : '✖'} ${name.padEnd(width)} ${`${seconds.toFixed(1)} s`.padStart(7)}${timedOut ? '  out of time' : ''}`)
  if (code === 0) return
  failed += 1
  console.log(output.trim().replace(/^(?=.)/gm, '    '))
}
