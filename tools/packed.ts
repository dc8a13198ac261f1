import assert from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, runCommand } from './run-command.ts'

/**
 * As a stranger has it: npm would otherwise hand the repository's own settings to projects that have nothing to do with it, and a test that
 * runs tests would run none (NODE_TEST_CONTEXT).
 */
export const strangersEnv: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_(registry|cafile|.*proxy))|NODE_TEST_CONTEXT$|CURFEW_(?!FULL))/i.test(name),
  ),
)

/** Runs a program that must end well; gives what it said. */
export async function good(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = strangersEnv): Promise<string> {
  const ran = await runCommand(program, args, { cwd, env })
  assert.equal(ran.code, 0, `${program} ${args.join(' ')}\n${ran.output}`)
  return ran.output
}

/** Packs what `npm run build` built; the tarballs: the verifier's, then the server's. */
export async function pack(folder: string): Promise<readonly [string, string]> {
  for (const name of ['verifier', 'server']) await good('npm', ['pack', '--pack-destination', folder], join(root, 'packages', name))
  const files = readdirSync(folder)
  const [verifier, server] = [/^curfew-verifier-.*\.tgz$/, /^curfew-\d.*\.tgz$/].map((one) =>
    join(folder, files.find((file) => one.test(file))!),
  )
  return [verifier!, server!]
}

/** The names of all examples. */
export function examples(): string[] {
  const entries = readdirSync(join(root, 'examples'), { withFileTypes: true })
  return entries.filter((one) => one.isDirectory() && one.name !== 'node_modules').map(({ name }) => name)
}

interface Lock {
  packages: Record<string, { resolved?: string; link?: boolean; dependencies?: Record<string, string> }>
}

const lockFile = join(root, 'examples/package-lock.json')
/** Built anew each time: no lock file can know their checksums. */
const ours = ['node_modules/curfew', 'node_modules/@curfew/verifier']

/** A workspace with every example, as they stand, and the packed packages; one installation for all, with the versions of the lock file. */
export async function layExamples(folder: string): Promise<void> {
  const [verifier, server] = await pack(folder)
  const built = /node_modules|[/\\](dist|\.next|next-env\.d\.ts|[^/\\]*\.db[^/\\]*)$/
  cpSync(join(root, 'examples'), join(folder, 'examples'), { recursive: true, filter: (file) => !built.test(file.slice(root.length)) })
  const dependencies = { '@curfew/verifier': `file:${verifier}`, curfew: `file:${server}` }
  const project = { name: 'a-stranger', private: true, type: 'module', workspaces: ['examples/*'], dependencies }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(project))
  cpSync(lockFile, join(folder, 'package-lock.json'), { force: true })
  // Nothing of it needs to run anything. The registry is asked for seven hundred packages, and once more if it falls silent.
  const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline']
  const first = await runCommand('npm', install, { cwd: folder, env: strangersEnv, seconds: 240 })
  if (first.code !== 0) await good('npm', install, folder)
}

/** Takes over what an installation in such a workspace came to. */
export function keepLock(folder: string): void {
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as Lock
  for (const place of ours) delete lock.packages[place]
  delete lock.packages['']?.dependencies
  for (const one of Object.values(lock.packages)) if (!one.link) delete one.resolved
  writeFileSync(lockFile, `${JSON.stringify(lock, null, 2)}\n`)
}
