import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { hash as bcrypt } from '@node-rs/bcrypt'
import { barOf, importProgress } from '../../src/cli/import-progress.ts'
import { type PersonLine, readPeople } from '../../src/cli/people-file.ts'
import { curfew } from './command-line.ts'
import { password, secret, serveIssuer } from './issuer.ts'

const served = await serveIssuer()
const { run, folder, signIn } = served
after(() => served.close())
const hash = await bcrypt(password, { cost: 4 })

function file(name: string, lines: readonly string[]): string {
  const path = join(folder, name)
  writeFileSync(path, lines.join('\n'))
  return path
}

describe('curfew users import', () => {
  const csv = file('people.csv', [
    'identifier,password,name,roles,mail,mail_verified,disabled,sub',
    `ada@example.com,${hash},"Lovelace, Ada ""the first""",admin billing,,true,,legacy-1`,
    `bob,${hash},Bob,,bob@example.com,yes,no,`,
    `carol,5f4dcc3b5aa765d61d8327deb882cf99,Carol,,,,,`,
    `dan,${hash},Dan`,
    `eve,${hash},Eve,,,perhaps,,`,
    `fred,${hash},"Fred`,
    'of two lines",,,,true,',
  ])

  test('S22: CSV into a running server: rejects are told by their line, the rest is there and can sign in', async () => {
    const dry = await run(['users', 'import', csv, '--dry-run'])
    assert.match(dry.stdout, /^would add +2\n/)
    assert.match((await run(['users', 'list'])).stdout, /Nobody has an account/)
    const { code, stdout, stderr } = await run(['users', 'import', csv])
    assert.equal(code, 1)
    assert.equal(
      stderr,
      `line 4: not taken: the password hash is not taken: its form is not known; argon2id, argon2i, bcrypt, scrypt and PBKDF2 are, in PHC or modular-crypt form
line 5: not taken: it has 3 fields, and the head has 8
line 6: not taken: mail_verified is neither true nor false
line 7: not taken: the name is too long, or has control characters
`,
    )
    assert.match(stdout, /^added +2\nunchanged +0\ndifferent +0, left as they are\nnot taken +4\nnext: curfew users import /)
    assert.doesNotMatch(stdout + stderr, /5f4dcc|\$2b\$/)
    const list = (await run(['users', 'list', '--json'])).stdout
    const ada = JSON.parse(list).find((one: { identifier: string }) => one.identifier === 'ada@example.com')
    assert.deepEqual(
      [ada.sub, ada.name, ada.roles, ada.mail_verified],
      ['legacy-1', 'Lovelace, Ada "the first"', ['admin', 'billing'], true],
    )
    assert.ok((await signIn('ada@example.com')).access_token)
  })

  test('again does no harm, after a sign-in too: all are unchanged; what differs is told and left', async () => {
    const again = await run(['users', 'import', csv])
    assert.match(again.stdout, /^added +0\nunchanged +2\n/)
    const other = file('other.ndjson', [
      JSON.stringify({ identifier: 'bob', name: 'Robert', password: hash }),
      JSON.stringify({ identifier: 'gil' }),
    ])
    const { code, stdout, stderr } = await run(['users', 'import', other, '--json'])
    assert.deepEqual([code, JSON.parse(stdout)], [1, { added: 1, unchanged: 0, different: 1, rejected: 0, dry_run: false }])
    assert.equal(stderr, 'line 1: is there already, with another name; not changed\n')
  })

  test('NDJSON from stdin; what is no object, or too long, is told; nothing of a line is repeated', async () => {
    const lines = [
      '{"identifier":"hal"}',
      '',
      '{"identifier":"secret',
      '[1]',
      JSON.stringify({ identifier: 'x'.repeat(70_000) }),
      '{"identifier":"ian"}',
    ]
    const { stdout, stderr } = await run(['users', 'import', '-', '--format', 'ndjson'], { input: lines.join('\n') })
    assert.match(stdout, /^added +2\n/)
    assert.equal(
      stderr,
      'line 3: not taken: it is not JSON\nline 4: not taken: it is not a JSON object\nline 5: not taken: the line is longer than 64 KiB\n',
    )
  })

  test('a file that cannot be understood imports nothing, and says what it should be', async () => {
    const table: readonly (readonly [readonly string[], number, RegExp])[] = [
      [['users', 'import', file('people.txt', ['x'])], 2, /Which format is it\?/],
      [['users', 'import', file('a.csv', ['name,password', 'a,b'])], 1, /one of them identifier/],
      [['users', 'import', file('b.csv', ['identifier,identifier', 'a,b'])], 1, /names a field twice/],
      [['users', 'import', file('c.csv', ['identifier,salt', 'a,b'])], 1, /Known are/],
      [['users', 'import', file('d.csv', [''])], 1, /empty/],
      [['users', 'import', join(folder, 'none.csv')], 1, /no such file/],
    ]
    for (const [argv, code, words] of table) {
      const ran = await run(argv)
      assert.deepEqual([ran.code, words.test(ran.stderr)], [code, true], `${argv.join(' ')}: ${ran.stderr}`)
    }
  })
})

test('users are imported where no server runs, many in a few transactions', async () => {
  const at = await serveIssuer()
  await at.curfew.close()
  const many = Array.from({ length: 1200 }, (_, n) => JSON.stringify({ identifier: `user-${n}`, password: hash, sub: `s${n}` }))
  const { code, stdout } = await curfew(['--database', at.database, 'users', 'import', file('many.ndjson', many)], {
    env: { CURFEW_SECRET: secret },
  })
  assert.deepEqual([code, /^added +1200\n/.test(stdout)], [0, true])
  await at.close()
})

test('an open quote takes no more of the file than a line may have; CSV of every spelling is read', async () => {
  const read = async (text: string): Promise<PersonLine[]> => collect(readPeople(pieces(text), 'csv'))
  async function collect(all: AsyncIterable<PersonLine>): Promise<PersonLine[]> {
    const each: PersonLine[] = []
    for await (const one of all) each.push(one)
    return each
  }
  async function* pieces(text: string): AsyncGenerator<string> {
    for (let at = 0; at < text.length; at += 7) yield text.slice(at, at + 7)
  }
  const rows = await read('\uFEFFidentifier,name\r\n"a","x, ""y"""\r\n\r\nb,\r\n"c" d,e\nf,"g\nh"\ni,j')
  assert.deepEqual(rows, [
    { line: 2, row: { identifier: 'a', name: 'x, "y"' } },
    { line: 4, row: { identifier: 'b' } },
    { line: 5, problem: 'something stands after a closing quote' },
    { line: 6, row: { identifier: 'f', name: 'g\nh' } },
    { line: 8, row: { identifier: 'i', name: 'j' } },
  ])
  const lines = Array.from({ length: 5000 }, (_, n) => `user-${n},a name of some length`)
  const open = await read(['identifier,name', '"never closed,x', ...lines].join('\n'))
  const [first, ...rest] = open
  assert.deepEqual(first, { line: 2, problem: 'the line is longer than 64 KiB, or a quote is not closed' })
  assert.ok(rest.length > 1000 && rest.every((one) => 'row' in one))
})

test('look.md: from one second on a bar shows how far an import is, on a terminal only, in one line that goes away', () => {
  const said: string[] = []
  let tick: (() => void) | undefined
  const stderr = { isTTY: true, write: (text: string) => void said.push(text) }
  const after = (_milliseconds: number, run: () => void) => {
    tick = run
    return () => {
      tick = undefined
    }
  }
  const terminal = { stderr: stderr as never, after }
  const progress = importProgress(terminal, 1000)
  progress.read(250)
  progress.done(12_000)
  assert.deepEqual(said, [])
  tick?.()
  assert.deepEqual(said, ['\r\u001b[K[######------------------]  25 %  12,000 people'])
  progress.clear()
  progress.stop()
  assert.equal(said.at(-1), '\r\u001b[K')
  assert.equal(tick, undefined)
  assert.equal(barOf(7, undefined), '7 people')
  importProgress({ stderr: { ...stderr, isTTY: false } as never, after: () => assert.fail('no terminal') }, 1).stop()
})
