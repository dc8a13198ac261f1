/**
 * `npm run lock`: completes the lock files after a dependency was added.
 *
 * Packages with native parts list one optional package a platform. Where the registry that answered does not serve one of them, npm leaves
 * it out of the lock file, and `npm ci` then refuses the whole file. Name, version and platform are known without it, so they are written
 * here; npm never downloads a package for another platform.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'

export interface LockedPackage {
  version?: string
  resolved?: string
  link?: boolean
  dev?: boolean
  optional?: boolean
  license?: string
  engines?: Record<string, string>
  os?: string[]
  cpu?: string[]
  libc?: string[]
  optionalDependencies?: Record<string, string>
}

export interface LockFile {
  packages: Record<string, LockedPackage>
}

/** The repository's own, and those of the packages that stand outside of it. */
export const lockFiles: readonly string[] = [
  'package-lock.json',
  'bench/package-lock.json',
  'docs/package-lock.json',
  'examples/package-lock.json',
  'mutation/package-lock.json',
]

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const processors = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']

/** The optional packages that the lock file lacks, each with the place it belongs to. */
export function missingPlatforms(lock: LockFile): Record<string, LockedPackage> {
  const missing: Record<string, LockedPackage> = {}
  for (const [place, owner] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
      const places = [`${place}/node_modules/${name}`, `node_modules/${name}`]
      if (places.some((at) => lock.packages[at] !== undefined)) continue
      missing[`node_modules/${name}`] = entryFor(name, version, owner)
    }
  }
  return missing
}

function entryFor(name: string, version: string, owner: LockedPackage): LockedPackage {
  if (!/^\d+\.\d+\.\d+/.test(version)) throw new Error(`${name}: its version is not exact (${version}), so its entry cannot be made here.`)
  const words = name.split(/[^a-z0-9]+/)
  const cpu = processors.find((processor) => words.includes(processor))
  const os = systems.find((system) => words.includes(system))
  if (!cpu) throw new Error(`${name}: its platform cannot be read from its name; add its entry to package-lock.json by hand.`)
  const libc =
    os !== 'linux'
      ? undefined
      : words.includes('musl') || words.includes('musleabihf')
        ? 'musl'
        : words.includes('gnu')
          ? 'glibc'
          : undefined
  return {
    version,
    cpu: [cpu],
    ...(owner.dev && { dev: true }),
    ...(libc && { libc: [libc] }),
    ...(owner.license && { license: owner.license }),
    optional: true,
    ...(os && { os: [os] }),
    ...(owner.engines && { engines: owner.engines }),
  }
}

/** Whatever in the lock file names the address that a package came from; a workspace's own folder is none. */
export function addresses(lock: LockFile): string[] {
  return Object.entries(lock.packages).flatMap(([place, { resolved, link }]) => (resolved && !link ? [`${place}: ${resolved}`] : []))
}

if (import.meta.main) {
  for (const name of lockFiles) {
    const file = new URL(`../${name}`, import.meta.url)
    const lock = JSON.parse(readFileSync(file, 'utf8')) as LockFile
    const packages = { ...lock.packages, ...missingPlatforms(lock) }
    const sorted = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en')))
    if (isDeepStrictEqual(sorted, lock.packages)) console.log(`${name} is complete.`)
    else {
      writeFileSync(file, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`)
      console.log(`${name}: ${Object.keys(sorted).length - Object.keys(lock.packages).length} packages added.`)
    }
  }
}
