/**
 * `npm run model`: checks the protocol's models with Spin.
 *
 *   npm run model                       a selection, under two minutes on two cores
 *   npm run model -- --all              every configuration and every broken variant
 *   npm run model -- --story DRIFT      one of them, and the shortest way to what goes wrong
 */
import { join } from 'node:path'
import { root, runCommand } from './run-command.ts'

const asked = process.argv.slice(2)

for (const [program, version] of [
  ['spin', '-V'],
  ['gcc', '--version'],
] as const) {
  const ran = await runCommand(program, [version])
  if (ran.code === 0) continue
  console.error(
    `The models need Spin and a C compiler, and there is no ${program} here. On Debian and Ubuntu: apt-get install spin gcc libc6-dev`,
  )
  process.exit(1)
}

const args = asked.length === 0 ? ['--short'] : asked.filter((word) => word !== '--all')
const ran = await runCommand(join(root, 'model/check'), args, { show: true, seconds: 3600 })
process.exit(ran.code)
