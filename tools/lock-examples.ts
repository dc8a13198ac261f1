/** `npm run lock:examples`: after an example's dependencies were changed, and `npm run build`. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keepLock, layExamples } from './packed.ts'
import { root } from './run-command.ts'

const lock = join(root, 'examples/package-lock.json')
if (!existsSync(lock)) writeFileSync(lock, '{ "lockfileVersion": 3, "packages": {} }')
const folder = mkdtempSync(join(tmpdir(), 'curfew-lock-'))
try {
  await layExamples(folder)
  keepLock(folder)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
