/** `npm run docs`: the pages as a site, in docs/.vitepress/dist. `npm run docs -- dev` shows them while they are written. */
import { existsSync, statSync } from 'node:fs'
import { runCommand } from './run-command.ts'

const lock = 'docs/package-lock.json'
/** npm writes it last, so it is newer than the lock file whose packages are all there. */
const installed = 'docs/node_modules/.package-lock.json'
const [command = 'build', ...more] = process.argv.slice(2)

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) await run('npm', ['ci', '--prefix', 'docs'])
await run(process.execPath, ['docs/node_modules/vitepress/bin/vitepress.js', command, 'docs', ...more])

async function run(program: string, args: readonly string[]): Promise<void> {
  const seconds = command === 'dev' ? 2 ** 20 : 300 // a page that is being written may take its time
  const { code } = await runCommand(program, args, { show: true, seconds })
  if (code !== 0) process.exit(code)
}
