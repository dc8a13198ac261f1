import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSealer } from '../../src/keys/sealer.ts'
import { realWorld } from '../../src/real-world.ts'
import { rememberDevice } from '../../src/use-cases/known-device.ts'
import { signIn } from '../../src/use-cases/sign-in.ts'

test('LG-2: a device that was signed in with the name waits before strangers for its hash, with any other name among them', async () => {
  const real = realWorld()
  const world = { ...real, after: (_: number, run: () => void) => real.after(0, run) }
  const waited: (boolean | undefined)[] = []
  const needs = {
    world,
    sealer: openSealer([{ number: 1, bytes: new Uint8Array(32) }], world),
    accounts: { builtIn: true },
    limiter: { isOn: true, nameOf: (name: string) => name, signIn: async () => [] },
    store: { begin: async () => ({ rows: undefined, at: { now: 0, head: 0 }, position: 0 }) },
    passwords: {
      check: async (_password: string, _stored: string | undefined, isKnown?: boolean) => {
        waited.push(isKnown)
        return false
      },
    },
  } as unknown as Parameters<typeof signIn>[1]
  const deviceToken = rememberDevice(undefined, 'ada', needs)
  const tried = { password: 'correct horse battery staple', cookie: false, deviceToken }
  for (const given of [
    { ...tried, identifier: 'Ada' },
    { ...tried, identifier: 'bob' },
    { ...tried, identifier: 'ada', deviceToken: undefined },
  ])
    await assert.rejects(signIn(given, needs), { code: 'invalid_credentials' })
  assert.deepEqual(waited, [true, false, false])
})
