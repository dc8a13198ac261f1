import { existsSync, readFileSync } from 'node:fs'

interface Package {
  readonly version: string
  readonly devDependencies: Readonly<Record<string, string>>
}

/** The versions of the peers that a run needs, as installed here and not somewhere above; those that are not, by name. */
export function findPeers(names: readonly string[]): { versions: Record<string, string>; missing: string[] } {
  const read = (path: string): Package => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
  const { devDependencies } = read('package.json')
  const versions: Record<string, string> = {}
  const missing: string[] = []
  for (const name of names) {
    const path = `node_modules/${name}/package.json`
    const version = existsSync(new URL(path, import.meta.url)) ? read(path).version : undefined
    if (version === undefined || version !== devDependencies[name]) missing.push(name)
    else versions[name] = version
  }
  return { versions, missing }
}
