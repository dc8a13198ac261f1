import assert from 'node:assert/strict'
import { PassThrough, Writable } from 'node:stream'
import { test } from 'node:test'
import { readNewPassword, readSecret, readToken } from '../../src/cli/input.ts'
import type { Terminal } from '../../src/cli/terminal.ts'

/** A terminal at which `keys` are pressed, one chunk for each time that something is asked. */
function typing(...keys: readonly string[]): { terminal: Terminal; said: () => string; raw: boolean[] } {
  let said = ''
  const raw: boolean[] = []
  const left = [...keys]
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => void raw.push(on) })
  const stderr = new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      assert.equal(raw.at(-1) ?? false, String(text) !== '\n', 'asked only when nothing is shown')
      said += text
      if (String(text).endsWith(': ')) setImmediate(() => [...(left.shift() ?? '\r')].forEach((key) => void stdin.write(key)))
      done()
    },
  })
  const terminal = {
    stdin,
    stdout: stderr,
    stderr,
    env: {},
    now: () => 0,
    after: () => () => undefined,
    onInterrupt: () => () => undefined,
  }
  return { terminal, said: () => said, raw }
}

test('what is typed is never shown, and the terminal is left as it was', async () => {
  const { terminal, said, raw } = typing('secret words\r')
  assert.equal(await readSecret('Password', terminal), 'secret words')
  assert.equal(said(), 'Password: \n')
  assert.deepEqual(raw, [true, false])
})

test('keys that correct: backspace takes a whole letter, Ctrl-U all of them; arrows are no letters', async () => {
  assert.equal(await readSecret('Password', typing('ab\u007fc\n').terminal), 'ac')
  assert.equal(await readSecret('Password', typing('wrong\u0015right\r').terminal), 'right')
  const { terminal } = typing('')
  const asked = readSecret('Password', terminal)
  setImmediate(() => {
    for (const key of ['a', '\u001b[D', '🦊', '\u007f', 'b', '\u0004']) (terminal.stdin as unknown as PassThrough).write(key)
  })
  assert.equal(await asked, 'ab')
})

test('Ctrl-C calls it off', async () => {
  const { terminal, raw } = typing('half\u0003')
  await assert.rejects(readSecret('Password', terminal), { name: 'CurfewError', message: 'Called off. Nothing was changed.' })
  assert.equal(raw.at(-1), false)
})

test('a new password is asked for twice, and both must be the same', async () => {
  const { terminal, said } = typing('one walk by the sea\r', 'one walk by the sea\r')
  assert.equal(await readNewPassword('New password', terminal), 'one walk by the sea')
  assert.equal(said(), 'New password: \nOnce more: \n')
  await assert.rejects(readNewPassword('Password', typing('one\r', 'two\r').terminal), {
    message: 'These were two different passwords. Nothing was changed.',
  })
})

test('a token is asked for where nothing is piped', async () => {
  assert.equal(await readToken('-', 'curfew inspect -', typing(' abc.def.ghi \r').terminal), 'abc.def.ghi')
})
