import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { addresses, type LockFile, lockFiles, missingPlatforms } from './lock-file.ts'

const read = (name: string): LockFile => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'))
const lock = read('package-lock.json')

for (const name of lockFiles) {
  test(`${name} has every platform of every package, so that \`npm ci\` takes it (else: npm run lock)`, () => {
    assert.deepEqual(Object.keys(missingPlatforms(read(name))), [])
  })

  test(`${name} names no address that a package came from`, () => {
    assert.deepEqual(addresses(read(name)), [])
  })
}

test('a platform that is left out is found, and gets the entry that npm would have written', () => {
  const { 'node_modules/@biomejs/cli-linux-arm64': there, ...packages } = lock.packages
  assert.ok(there)
  const { license, version } = there
  assert.partialDeepStrictEqual(missingPlatforms({ packages }), {
    'node_modules/@biomejs/cli-linux-arm64': { version, license, cpu: ['arm64'], os: ['linux'], dev: true, optional: true },
  })
})

test('an address in the lock file is found', () => {
  assert.deepEqual(addresses({ packages: { 'node_modules/x': { resolved: 'https://somewhere.example/x.tgz' } } }), [
    'node_modules/x: https://somewhere.example/x.tgz',
  ])
})
