// Puts what the compiler does not carry (SQL, style sheets, drawings) beside its output, so that `new URL('./x.css', import.meta.url)` holds in `dist` too.
import { cpSync, globSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)
const assets = globSync('packages/*/src/**/*.{css,sql,svg,html}', { cwd: root })
for (const asset of assets) cpSync(join(root, asset), join(root, asset.replace(/^(packages.[^\\/]+.)src/, '$1dist')))
console.log(`copied ${assets.length} assets`)
