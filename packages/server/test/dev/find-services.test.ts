import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { findServices } from '../../src/dev/find-services.ts'

const root = mkdtempSync(join(tmpdir(), 'curfew-find-'))
after(() => rmSync(root, { recursive: true, force: true }))

function folder(name: string, files: Record<string, string>): string {
  const path = join(root, name)
  mkdirSync(path)
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text)
  return path
}

test('the services that ship are found, in the order of the street, with their frameworks', () => {
  const found = findServices(new URL('../../../../examples/microservices', import.meta.url).pathname)
  assert.deepEqual(
    found.map(({ name, kind }) => `${name} ${kind}`),
    ['orders Express', 'billing Fastify', 'inbox Hono'],
  )
})

test('without a list, every program of the folder is a service, and nothing else', () => {
  const path = folder('plain', {
    'b.ts': '',
    'a.mjs': "import '@curfew/verifier/fetch'",
    'a.test.ts': '',
    'types.d.ts': '',
    'README.md': '',
    '.hidden.ts': '',
  })
  assert.deepEqual(
    findServices(path).map(({ name, kind }) => [name, kind]),
    [
      ['a', 'Fetch'],
      ['b', 'Node'],
    ],
  )
})

test('what is wrong is said in a sentence', () => {
  assert.throws(() => findServices(join(root, 'nowhere')), /There is no folder .*nowhere\. Give the one/)
  assert.throws(() => findServices(folder('empty', {})), /No service in .*empty: a service is one file/)
  assert.throws(
    () => findServices(folder('listed', { 'package.json': '{ "curfew": { "services": ["gone"] } }' })),
    /lists the service gone, but there is no gone\.ts/,
  )
  assert.throws(() => findServices(folder('broken', { 'package.json': '{' })), /is not JSON/)
})
