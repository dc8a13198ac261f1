import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Curfew, CurfewError, createCurfew } from '../../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'curfew-secret-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

function issuer(name: string, secret?: string): Curfew {
  const more = secret === undefined ? {} : { secret }
  return createCurfew({
    issuer: 'http://localhost:3000',
    audience: 'https://api.test',
    database: join(folder, name),
    logger: quiet,
    control: false,
    ...more,
  })
}

test('contract §7: a loopback issuer makes its secret once, for its owner alone, and finds it again', async () => {
  const first = issuer('a.db')
  await first.ready()
  await first.close()
  const key = join(folder, 'a.db.key')
  assert.equal(statSync(key).mode & 0o777, 0o600)
  const made = readFileSync(key, 'utf8')
  const second = issuer('a.db')
  await second.ready()
  await second.close()
  assert.equal(readFileSync(key, 'utf8'), made)
})

test('JK-5: with the secret lost, a database that has keys gets no new one, and the start says what to do', async () => {
  const first = issuer('b.db')
  await first.ready()
  await first.close()
  rmSync(join(folder, 'b.db.key'))
  const second = issuer('b.db')
  await assert.rejects(
    second.ready(),
    (error) => error instanceof CurfewError && /has keys.*b\.db\.key back.*CURFEW_SECRET/.test(error.message),
  )
  await second.close()
  assert.ok(!existsSync(join(folder, 'b.db.key')))
})

test('JK-5: the wrong secret opens nothing, in one sentence', async () => {
  const first = issuer('c.db', 'the first master secret, which is long enough')
  await first.ready()
  await first.close()
  const second = issuer('c.db', 'another master secret, which is long enough')
  await assert.rejects(second.ready(), CurfewError)
  await second.close()
})
