import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root, runCommand } from './run-command.ts'

type Conditions = Record<string, string>

for (const folder of ['packages/verifier', 'packages/server']) {
  const { name, exports } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
    name: string
    exports: Record<string, Conditions | string>
  }
  const subpaths = Object.entries(exports).filter((entry): entry is [string, Conditions] => typeof entry[1] === 'object')

  for (const [subpath, conditions] of subpaths) {
    const specifier = name + subpath.slice(1)

    test(`${specifier} is there as source, as built code and as types, each for the same file`, () => {
      assert.deepEqual(Object.keys(conditions), ['curfew-source', 'types', 'default'])
      const { 'curfew-source': source, types, default: built } = conditions
      assert.equal(types, source!.replace('./src/', './dist/').replace(/\.ts$/, '.d.ts'))
      assert.equal(built, source!.replace('./src/', './dist/').replace(/\.ts$/, '.js'))
      for (const file of [source, types, built]) assert.ok(existsSync(join(root, folder, file!)), `${folder}/${file} (npm run build?)`)
    })

    test(`${specifier} exports the same names from source and from dist, to import and to require`, async () => {
      const [source, built, required] = await Promise.all([
        names(folder, ['-C', 'curfew-source', '--input-type=module', '-e', `print(await import('${specifier}'))`]),
        names(folder, ['--input-type=module', '-e', `print(await import('${specifier}'))`]),
        names(folder, ['--input-type=commonjs', '-e', `print(require('${specifier}'))`]),
      ])
      assert.deepEqual(built, source)
      assert.deepEqual(required, source)
    })
  }
}

test('what is not code is built as well: each file beside the sources is beside the built code', () => {
  const missing = globSync('packages/*/src/**/*.{css,sql,svg,html,json,txt}', { cwd: root })
    .filter((file) => !/tsconfig[^/]*\.json$/.test(file))
    .filter((file) => !existsSync(join(root, file.replace('/src/', '/dist/'))))
  assert.deepEqual(missing, [])
})

/** What a module exports, asked in a process of its own, where each package finds itself and its dependencies. */
async function names(folder: string, args: string[]): Promise<string[]> {
  const print = 'const print = (module) => console.log(JSON.stringify(Object.keys(module).filter((key) => key !== "__esModule").sort()));'
  const ran = await runCommand(process.execPath, [...args.slice(0, -1), print + args.at(-1)], { cwd: join(root, folder) })
  assert.equal(ran.code, 0, ran.output)
  return JSON.parse(ran.stdout) as string[]
}
