import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requireNode } from '../src/needs-node.ts'

test('an older Node is refused in a sentence, before anything that it does not know is used', () => {
  for (const version of ['20.20.2', '22.22.0', '24.14.9'])
    assert.throws(() => requireNode(version), { message: /needs Node 24\.15 .* this is \d+\./ })
  for (const version of ['24.15.0', '24.21.0', '26.0.0', process.versions.node]) requireNode(version)
})
