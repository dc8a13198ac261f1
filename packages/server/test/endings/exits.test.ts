import assert from 'node:assert/strict'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createVerifier } from '@curfew/verifier'
import { readReceipt } from '@curfew/verifier/wire'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { askServer } from '../../src/control/ask-server.ts'
import { commands } from '../../src/control/commands.ts'
import { openOffline } from '../../src/create-curfew.ts'
import type { Rights } from '../../src/domain/user.ts'
import type { CurfewOptions } from '../../src/index.ts'
import { routes } from '../../src/routes.ts'
import { call, opsSecret } from '../endpoints/calling.ts'
import { clients, ordersKey, services } from '../endpoints/clients.ts'
import { audience, open } from '../endpoints/running.ts'
import { type PostgresServer, skip, startPostgres } from '../store/postgres/server.ts'
import { commandsThatEndNothing, endNothing, exits, gone, nameOf } from './exits.ts'
import { deadIn, play, type Stage } from './scene.ts'

const nothing = (): void => undefined
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing }
const basic = { authorization: `Basic ${Buffer.from(`${ordersKey.id}:${ordersKey.secret}`).toString('base64')}` }

/** Opens a stage on a file, or on PostgreSQL. */
async function openStage(own: boolean, postgres?: PostgresServer): Promise<Stage & { close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-endings-'))
  const database = postgres?.url ?? join(folder, 'curfew.db')
  const mails: { to: string; text: string }[] = []
  const waiting = new Set<() => void>()
  const transport = async (mail: { to?: unknown; text?: unknown }): Promise<void> => {
    mails.push({ to: String(mail.to), text: String(mail.text) })
    for (const look of waiting) look()
  }
  // No grace: what comes twice is a replay at once.
  const registered = clients.map((one) => (one.id === 'web' ? { ...one, refreshGrace: 0 } : one))
  const theirs: NonNullable<CurfewOptions['accounts']> = {
    authenticate: async ({ identifier }) => ({ sub: identifier }),
    find: async (sub): Promise<Rights | undefined> => (gone.has(sub) ? undefined : { sub, name: 'A', disabled: false }),
  }
  const accounts: NonNullable<CurfewOptions['accounts']> = own ? theirs : { signUp: true, mailLink: true }
  const kept: Partial<CurfewOptions> = { accounts, ...(own ? {} : { mail: { from: 'login@issuer.test', transport } }) }
  const configured: NonNullable<CurfewOptions['clients']> = [
    ...registered,
    { id: 'first-party', grants: ['refresh_token'], scopes: ['openid', 'profile'], refreshGrace: 0, maxSessions: 4 },
  ]
  const options: Partial<CurfewOptions> = {
    ...{ database, limits: false, control: true },
    ...{ ...kept, clients: configured },
    services: services.map((one) => ({ ...one, checks: 'follow' as const })),
  }
  const running = await open(options)
  const { issuer } = running
  const secret = 'test master secret, which is long enough'
  const beside = { ...kept, issuer, audience, secret, logger: silent }
  const offline = postgres && (await openOffline(database, beside))
  const command: Stage['command'] = async (name, args) => {
    if (offline) return (await commands[name]!(args, offline.services)) as Record<string, unknown>
    return ((await askServer(`${database}.control/socket`, name, args)) as { done: Record<string, unknown> }).done
  }
  const follower = createVerifier({ issuer, audience, key: `cfk_${ordersKey.id}_${ordersKey.secret}`, logger: silent })
  await follower.ready()
  await running.curfew.verifier().ready()
  // Its audience is the issuer, which is known only now.
  const operator = { grants: ['client_credentials'], scopes: ['curfew:end'], audience: issuer }
  await command('clients.add', { id: 'ops', secret: opsSecret, ...operator })
  return {
    ...{ running, follower, own, command },
    async restart({ without, command, args = {} } = {}) {
      const meanwhile = async (): Promise<void> => {
        if (command === undefined) return
        const alone = await openOffline(database, beside, { restoring: true })
        await commands[command]!(args, alone.services)
        await alone.close()
      }
      await running.restart({ clients: configured.filter(({ id }) => id !== without) }, meanwhile)
      await running.curfew.verifier().ready()
    },
    async mailed(to, page) {
      for (;;) {
        const at = mails.findIndex((one) => one.to === to && one.text.includes(`${page}?token=`))
        if (at >= 0) return /token=([\w-]{43})/.exec(mails.splice(at, 1)[0]!.text)![1]!
        await new Promise<void>((look) => waiting.add(look))
      }
    },
    async close() {
      await follower.close()
      await offline?.close()
      await running.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What the ledger has since a number, read as a service that follows, and leaves again at once. */
async function ledger({ running }: Stage, after: number): Promise<{ entries: Record<string, unknown>[]; head: number }> {
  const id = `reader-${'0'.repeat(12)}`
  const asked = { version: 1, id, after, hold: 0, on_lease_lost: 'introspect' }
  const { body } = await call(running.issuer, 'POST', '/ledger/follow', asked, basic)
  await call(running.issuer, 'POST', '/ledger/release', { version: 1, id }, basic)
  return { entries: body.entries, head: body.up_to }
}

const onPostgres = process.env.CURFEW_FULL ? skip : 'in the long form only: npm test -- --full'
const stages = [
  { on: 'SQLite', own: false, skip: false as const },
  { on: 'SQLite', own: true, skip: false as const },
  { on: 'PostgreSQL', own: false, skip: onPostgres },
]

for (const { on, own, skip } of stages) {
  describe(`every way out, every effect, on ${on}${own ? ', with users of the application’s own' : ''}`, { skip }, () => {
    let postgres: PostgresServer | undefined
    let stage: Awaited<ReturnType<typeof openStage>>
    before(async () => {
      postgres = on === 'PostgreSQL' ? await startPostgres() : undefined
      stage = await openStage(own, postgres)
    })
    after(async () => {
      await stage?.close()
      await postgres?.close()
    })

    for (const exit of exits.filter((one) => (one.own ?? false) === own)) {
      test(`SS-4, RV-1, S25: ${exit.name}`, async () => {
        const scene = await play(stage)
        const { head } = await ledger(stage, 0)
        const receipt = await exit.act(scene, stage)
        if (exit.quiet) await quiet(stage, head)
        const { entries } = await ledger(stage, head)
        assert.deepEqual(entries.map(nameOf).sort(), [...exit.entries].sort())
        const found = await deadIn(scene, stage)
        assert.deepEqual(found.contradictions, [])
        assert.deepEqual(found.dead, [...exit.dead].sort())
        if (receipt !== undefined) await checkReceipt(receipt, entries)
        await exit.afterwards?.(stage)
      })
    }

    /** S6: nobody waited, so the entry may be on its way. What follows has it once the next sign-out is confirmed. */
    async function quiet({ running, follower }: Stage, before: number): Promise<void> {
      const { entries } = await ledger(stage, before)
      const seq = Math.max(...entries.map((one) => Number(one.seq)))
      while (follower.state().position < seq || running.curfew.verifier().state().position < seq)
        await new Promise((later) => setTimeout(later, 5))
    }

    async function checkReceipt(receipt: string, entries: Record<string, unknown>[]): Promise<void> {
      const keys = (await call(stage.running.issuer, 'GET', '/jwks')).body as JSONWebKeySet
      const { payload } = await jwtVerify(receipt, createLocalJWKSet(keys), { issuer: stage.running.issuer, typ: 'logout-receipt+jwt' })
      const read = readReceipt(payload)
      assert.ok(read)
      assert.deepEqual([read.outcome, read.seq], ['confirmed', Math.max(...entries.map((one) => Number(one.seq)))])
      assert.ok(
        read.verifiers.some(({ name, acknowledged }) => name === ordersKey.id && acknowledged === 1),
        'the follower acknowledged it',
      )
      const said = [payload.ended ?? []].flat()
      if (said.length > 0) assert.deepEqual(said.map(text).sort(), entries.map(({ ended }) => text(ended)).sort())
      else assert.deepEqual(payload.cut, entries[0]?.cut)
    }
  })
}

test('a route that changes something, or a command, is in the table of exits, or is said to end nothing', () => {
  const changing = routes({ signUp: true, ownAccounts: true, mail: true, mailLink: true, serve: true })
    .filter(({ method }) => method !== 'GET')
    .map(({ method, path }) => `${method} ${path}`)
  const through = new Set(exits.flatMap((one) => one.through ?? []))
  const unsaid = (names: readonly string[], harmless: readonly string[]) =>
    names.filter((name) => !through.has(name) && !harmless.includes(name))
  assert.deepEqual(unsaid(changing, endNothing), [])
  assert.deepEqual(unsaid(Object.keys(commands), commandsThatEndNothing), [])
})

test('who calls the one funnel, or makes an ending, is known', () => {
  const root = fileURLToPath(new URL('../../src/', import.meta.url))
  const makers = globSync('{control,domain,endpoints,pages,use-cases}/**/*.ts', { cwd: root })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => {
      const text = readFileSync(join(root, file), 'utf8')
      return /import \{[^}]*\b(?:end|ending|cutting)\b[^}]*\} from '[^']*\/(?:end|ending)\.ts'/.test(text)
    })
  assert.deepEqual(makers.sort(), [
    'control/outage-commands.ts', // D4: the two entries of a pause end nothing
    'control/session-commands.ts',
    'control/user-commands.ts',
    'domain/authorization-code.ts',
    'domain/grant.ts',
    'domain/session.ts',
    'endpoints/admin/end.ts',
    'endpoints/end-session.ts',
    'endpoints/session/sessions.ts',
    'endpoints/session/sign-out.ts',
    'pages/account-sign-out.ts',
    'pages/account-withdraw.ts',
    'use-cases/browser-session.ts',
    'use-cases/change-password.ts',
    'use-cases/end.ts',
    'use-cases/redeem-code.ts',
    'use-cases/refresh.ts',
    'use-cases/register.ts',
    'use-cases/renew.ts',
    'use-cases/reset-password.ts',
    'use-cases/revoke-token.ts',
    'use-cases/set-password.ts',
  ])
})

function text(value: unknown): string {
  return JSON.stringify(value)
}
