import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { curfew, type Given } from './command-line.ts'
import { password, secret, serveIssuer } from './issuer.ts'

const served = await serveIssuer()
after(() => served.close())
const { folder } = served
await served.run(['users', 'add', 'ada'], { input: password })
await served.run(['clients', 'add', 'web', '--redirect-uri', 'https://web.example/'])
await served.run(['services', 'add', 'orders'])

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const files = {
  empty: file('empty.db', ''),
  text: file('text.db', 'this is no database, whatever its name says, and it is long enough to show that it is none'.repeat(8)),
  broken: file('broken.json', '{ "issuer": '),
  list: file('list.json', '[]'),
  syntax: file('syntax.mjs', 'export default {'),
  throwing: file('throwing.mjs', "throw new Error('no weather today')"),
  named: file('named.mjs', 'export const config = {}'),
  // As `npm init` makes a folder.
  package: file('package.json', '{ "type": "commonjs" }'),
  commonJs: file('common.ts', 'export default {}'),
  half: file('half.json', '{ "issuer": "http://localhost:4555" }'),
  misspelt: file('misspelt.json', '{ "issuer": "http://localhost:4555", "audience": "a", "acounts": {}, "database": ":memory:" }'),
  unsafe: file('unsafe.json', '{ "issuer": "http://login.example.com", "audience": "a", "database": ":memory:" }'),
  memory: file('memory.json', '{ "issuer": "http://localhost:4555", "audience": "a", "database": ":memory:" }'),
}
mkdirSync(join(folder, 'here'))
const nowhere = join(folder, 'nowhere.db')

type Row = readonly [argv: readonly string[], sentence: string | RegExp, code: number, given?: Given]

/** With the running server. Issue 3, done when 10. */
const asked: readonly Row[] = [
  [['who', 'bob'], 'Nobody is called bob. Who there is: curfew users list', 1],
  [['revoke', '--user', 'bob'], 'Nobody is called bob. Who there is: curfew users list', 1],
  [['revoke', '--client', 'shop'], 'There is no client shop. Which there are: curfew clients list', 1],
  [['revoke', '--token', '-'], 'This token is none of ours, or it is damaged: nothing was ended.', 1, { input: 'garbage' }],
  [['revoke'], 'Say one thing to end: --user, --session, --grant, --client, --token - or --everything.', 2],
  [
    ['revoke', '--user', 'ada', '--everything'],
    'Say one thing to end: --user, --session, --grant, --client, --token - or --everything.',
    2,
  ],
  [
    ['revoke', '--user', 'ada', '--wait', 'long'],
    "error: option '--wait <seconds>' argument 'long' is invalid. It must be a whole number.\nHow it is used: curfew revoke --help",
    2,
  ],
  [['revoke', '--user', 'ada', '--wait', '-1'], /^error: option '--wait <seconds>' argument (missing|'-1' is invalid)/, 2],
  [['revoke', '--user'], "error: option '--user <user>' argument missing\nHow it is used: curfew revoke --help", 2],
  [['users', 'add', 'bob'], 'A password has at least 15 characters. A few words in a row do well.', 1, { input: 'short' }],
  [['users', 'add', 'bob'], 'Password is read from stdin, and nothing came. For example: curfew … < file', 2, { input: '' }],
  [['users', 'add', 'ada'], 'This name is taken. Choose another one, or sign in.', 1, { input: password }],
  [['users', 'add', 'x'.repeat(300)], 'The name must have 1 to 254 characters, and no control characters.', 1, { input: password }],
  [['users', 'add', 'bob'], 'That is more than 1 MiB of input. Is it the right file?', 1, { input: 'x'.repeat(1_100_000) }],
  [['users', 'add'], "error: missing required argument 'name'\nHow it is used: curfew users add --help", 2],
  [
    ['users', 'add', 'bob', 'b0b-has-a-password'],
    /^error: too many arguments for 'add'. Expected 1 argument but got 2.*\nHow it is used: curfew users add --help$/,
    2,
  ],
  [['users', 'password', 'ada'], 'A password has at least 15 characters. A few words in a row do well.', 1, { input: 'short' }],
  [['users', 'enable', 'bob'], 'Nobody is called bob. Who there is: curfew users list', 1],
  [['users', 'lst'], "error: unknown command 'lst'\n(Did you mean list?)\nHow it is used: curfew users --help", 2],
  [
    ['users', 'list', '--limit', 'x'],
    "error: option '--limit <n>' argument 'x' is invalid. It must be a whole number.\nHow it is used: curfew users list --help",
    2,
  ],
  [
    ['clients', 'add', 'web', '--redirect-uri', 'https://web.example/'],
    'There is a client web already. Choose another id, or remove it first: curfew clients remove web',
    1,
  ],
  [
    ['clients', 'add', 'shop', '--redirect-uri', 'https://*.example/'],
    'The client shop is not right: redirectUris.0: must not have a wildcard: register each address.',
    1,
  ],
  [['clients', 'add', 'shop'], 'The client shop has the grant authorization_code, so it needs redirectUris.', 1],
  [
    ['clients', 'add', 'shop', '--grant', 'password'],
    'The client shop is not right: grants.0: Invalid option: expected one of "authorization_code"|"refresh_token"|"client_credentials".',
    1,
  ],
  [['clients', 'remove', 'shop'], 'There is no client shop. Which there are: curfew clients list', 1],
  [['clients', 'remove', 'first-party'], 'The client first-party stands in the configuration. Remove it there, and restart.', 1],
  [['services', 'add', 'orders'], 'There is a service orders already. For a new key: curfew services key orders', 1],
  [['services', 'add', 'app'], 'The service app is not right: id: is taken: `app` and `curfew` are in the issuer itself.', 1],
  [
    ['services', 'add', 'inbox', '--checks', 'never'],
    'The service inbox is not right: checks: Invalid option: expected one of "follow"|"introspect"|"none".',
    1,
  ],
  [['services', 'key', 'inbox'], 'There is no service inbox. Which there are: curfew services list', 1],
  [['services', 'key', 'app'], 'The service app is in the issuer itself, and needs no key.', 1],
  [['services', 'remove', 'curfew'], 'The service curfew is in the issuer itself, and stays.', 1],
  [
    ['lease', '5'],
    "error: command-argument value '5' is invalid for argument 'duration'. It must be a length of time, like 500ms, 5s or 2min.\nHow it is used: curfew lease --help",
    2,
  ],
  [['lease', '100ms'], 'A lease is between 200 ms and 10 minutes. Nothing was changed.', 1],
  [['lease', '11min'], 'A lease is between 200 ms and 10 minutes. Nothing was changed.', 1],
  [['inspect', '-'], 'There is no token on stdin. For example: curfew inspect - < token.txt', 2, { input: ' \n' }],
  [
    ['tail', '--after', 'then'],
    "error: option '--after <number>' argument 'then' is invalid. It must be a whole number.\nHow it is used: curfew tail --help",
    2,
  ],
  [
    ['serve', '--port', '99999'],
    "error: option '-p, --port <port>' argument '99999' is invalid. A port is a number up to 65535.\nHow it is used: curfew serve --help",
    2,
  ],
  [['nonsense'], "error: unknown command 'nonsense'\nHow it is used: curfew --help", 2],
  [['--nonsense'], "error: unknown option '--nonsense'\nHow it is used: curfew --help", 2],
]

for (const [argv, sentence, code, given] of asked) {
  const what = argv.map((one) => (one.length > 30 ? `${one.slice(0, 8)}…` : one)).join(' ')
  test(`curfew ${what}${given === undefined ? '' : ' < …'}: a clear sentence, exit code ${code}`, async () => {
    check(await served.run(argv, given), sentence, code)
  })
}

const serve = (config: string, env: NodeJS.ProcessEnv = {}): Row => [
  ['-c', config, 'serve'],
  '',
  1,
  { env: { CURFEW_SECRET: secret, ...env } },
]

/** Without a running server. */
const alone: readonly (readonly [what: string, row: Row])[] = [
  [
    'no database',
    [
      ['-d', nowhere, 'users', 'list'],
      `There is no database ${nowhere} here. Start the server once (curfew serve), or name the file: --database PATH (or CURFEW_DATABASE).`,
      1,
    ],
  ],
  ['a database that is none', [['-d', files.text, 'users', 'list'], `${files.text} is not a SQLite database. Name another file.`, 1]],
  [
    'a database that was never served',
    [['-d', files.empty, 'users', 'list'], `${files.empty} has not been served yet. Start the server once: curfew serve`, 1],
  ],
  [
    'a database in memory',
    [
      ['-c', files.memory, 'users', 'list'],
      'The database is in the memory of its server, which opens no control socket for it. Name a file: --database PATH',
      1,
    ],
  ],
  ['no configuration file', said(serve(join(folder, 'nope.ts')), `There is no file ${join(folder, 'nope.ts')}.`)],
  ['broken JSON', said(serve(files.broken), new RegExp(`^${files.broken} could not be read: Unexpected end of JSON input$`))],
  ['a list instead of an object', said(serve(files.list), `${files.list} must hold one object`)],
  ['broken JavaScript', said(serve(files.syntax), new RegExp(`^${files.syntax} could not be read: Unexpected end of input$`))],
  [
    'a module where modules are CommonJS',
    said(
      serve(files.commonJs),
      `${files.commonJs} could not be read: Unexpected token 'export'. Call it ${join(folder, 'common.mts')}, or write "type": "module" into package.json`,
    ),
  ],
  ['JavaScript that throws', said(serve(files.throwing), `${files.throwing} could not be read: no weather today`)],
  ['no default export', said(serve(files.named), `${files.named} must export the configuration as its default: export default { … }`)],
  [
    'no audience',
    said(
      serve(files.half),
      /^There is no audience\. Write them into curfew\.config\.ts \(export default \{.*\}\), or set CURFEW_ISSUER and CURFEW_AUDIENCE\.$/,
    ),
  ],
  ['a misspelt setting', said(serve(files.misspelt), 'The configuration is not right: Unrecognized key: "acounts".')],
  [
    'AD-6: an issuer that is not safe',
    said(
      serve(files.unsafe),
      'The issuer http://login.example.com is not https. Only a loopback address (http://localhost:…) may do without.',
    ),
  ],
  ['AD-6: a weak secret', said(serve(files.memory, { CURFEW_SECRET: 'hunter2' }), /^The master secret in CURFEW_SECRET is too weak/)],
  [
    'the environment is on top of the file',
    said(serve(files.memory, { CURFEW_ISSUER: 'nonsense' }), /^The issuer "nonsense" is not a URL/),
  ],
  [
    'a log level that there is not',
    [
      ['-c', files.memory, 'serve'],
      'CURFEW_LOG_LEVEL is loud. It can be debug, info, warn, error or silent.',
      2,
      { env: { CURFEW_LOG_LEVEL: 'loud' } },
    ],
  ],
  [
    'an address that this machine has not',
    [
      ['-c', files.memory, 'serve', '--host', '192.0.2.1'],
      'This machine has no address 192.0.2.1. Leave --host out for 127.0.0.1, or take 0.0.0.0 for all.',
      1,
      { env: { CURFEW_LOG_LEVEL: 'silent', CURFEW_SECRET: secret } },
    ],
  ],
  [
    'a port that is taken',
    [
      ['-c', files.memory, 'serve', '--port', new URL(served.issuer).port],
      new RegExp(`^Port ${new URL(served.issuer).port} is taken\\. Stop what listens there, or take another one: curfew serve --port \\d+`),
      1,
      { env: { CURFEW_LOG_LEVEL: 'silent', CURFEW_SECRET: secret } },
    ],
  ],
  [
    'a folder in place of a file',
    [['-d', join(folder, 'here'), 'users', 'list'], /^The database .*here cannot be opened: unable to open database file$/, 1],
  ],
]

for (const [what, [argv, sentence, code, given]] of alone) {
  test(`${what}: a clear sentence, exit code ${code}`, async () => {
    check(await curfew(argv, given), sentence, code)
  })
}

function said([argv, , code, given]: Row, sentence: string | RegExp): Row {
  return [argv, sentence, code, ...(given ? [given] : [])] as unknown as Row
}

function check(ran: Awaited<ReturnType<typeof curfew>>, sentence: string | RegExp, code: number): void {
  assert.equal(ran.stdout, '')
  if (typeof sentence === 'string') assert.equal(ran.stderr, `${sentence}\n`)
  else assert.match(ran.stderr.trimEnd(), sentence)
  assert.doesNotMatch(ran.stderr, /\n\s+at /)
  assert.equal(ran.code, code)
}

test('help: of everything, on stdout, with examples and exit codes', async () => {
  const help = await curfew(['--help'])
  assert.deepEqual([help.code, help.stderr], [0, ''])
  const commands = [
    'serve',
    'dev',
    'users',
    'clients',
    'services',
    'sessions',
    'revoke',
    'verifiers',
    'who',
    'inspect',
    'doctor',
    'lease',
    'tail',
  ]
  for (const name of commands) {
    assert.match(help.stdout, new RegExp(`^  ${name}\\b`, 'm'))
    const own = await curfew([name, '--help'])
    assert.deepEqual([own.code, own.stderr], [0, ''], name)
    assert.match(own.stdout, new RegExp(`^Usage: curfew ${name}`))
  }
  assert.match(help.stdout, /Exit codes: 0 done, 1 refused or failed, 2 not understood, 3 ended but not confirmed yet\.\n$/)
  for (const [argv, example] of [
    [['revoke', '--help'], 'curfew revoke --user ada'],
    [['users', 'add', '--help'], 'curfew users add ada < password.txt'],
    [['help', 'inspect'], 'curfew inspect - < token.txt'],
    [['serve', '--help'], 'CURFEW_SECRET'],
  ] as const)
    assert.ok((await curfew(argv)).stdout.includes(example), example)
})

test('nothing asked: the help, and that it was not understood', async () => {
  for (const argv of [[], ['users'], ['clients'], ['services']]) {
    const ran = await curfew(argv)
    assert.deepEqual([ran.code, ran.stdout, ran.stderr.startsWith('Usage: curfew')], [2, '', true])
  }
})

test('--version', async () => {
  assert.match((await curfew(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/)
})
