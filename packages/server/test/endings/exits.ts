import { browser, call, operatorToken } from '../endpoints/calling.ts'
import { authorizeUrl, codeFor, pkce, post, redeem, web } from '../endpoints/clients.ts'
import { type FormBrowser, formBrowser, linkOf, type Shown } from '../endpoints/form-browser.ts'
import { password } from '../endpoints/running.ts'
import { deviceOf, grantOf, type Scene, type Stage } from './scene.ts'

/** A way in which something ends. */
export interface Exit {
  readonly name: string
  /** The route or command that it goes through. */
  readonly through?: string
  /** What asks for it; a receipt, where the answer has one. */
  readonly act: (scene: Scene, stage: Stage) => Promise<string | undefined>
  /** All that is dead afterwards, and nothing else. */
  readonly dead: readonly string[]
  /** What the ledger says: names of entries. */
  readonly entries: readonly string[]
  /** S6: nobody waits, so there is no receipt. */
  readonly quiet?: true
  /** With users of the application's own. */
  readonly own?: true
  /** Puts right for others what it changed. */
  readonly afterwards?: (stage: Stage) => Promise<void>
}

/** What dies with the browser's session. The offline grant is a device of its own, and lives on (P3). Mail is no device. */
const withBrowser = ['browser', 'web', 'code', 'consent']
const devices = [...withBrowser, 'phone', 'tablet', 'offline']
/** A cut ends whatever was begun before it, too. */
const all = [...devices, 'resetLink', 'signInLink', 'verifyLink']
const ended = (...names: string[]): string[] => names.map((name) => `ended ${name}`)

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
const next = 'kohlrabi on the tram to nowhere'

async function api(
  stage: Stage,
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
): Promise<string | undefined> {
  const answer = await call(stage.running.issuer, method, path, body, headers)
  if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body.receipt
}
const asPhone =
  (method: string, path: (scene: Scene) => string, body?: (scene: Scene) => unknown): Exit['act'] =>
  (scene, stage) =>
    api(stage, method, path(scene), body?.(scene), bearer(scene.holdings.phone!.access))
const held = (scene: Scene, name: string) => scene.holdings[name]!

/** Named as `curfew.end` and `POST /admin/end` name them. */
const named: Readonly<
  Record<string, { of: (scene: Scene) => Record<string, unknown>; dead: readonly string[]; entries: readonly string[] }>
> = {
  user: { of: ({ sub }) => ({ user: sub }), dead: all, entries: ['cut usr'] },
  session: { of: (scene) => ({ session: held(scene, 'browser').sid }), dead: withBrowser, entries: ended('sid') },
  grant: { of: (scene) => ({ grant: held(scene, 'offline').gid }), dead: ['offline'], entries: ended('gid') },
  'access token': { of: (scene) => ({ token: held(scene, 'web').access }), dead: ['web.access'], entries: ended('jti') },
  'refresh token': { of: (scene) => ({ token: held(scene, 'web').refresh }), dead: ['web'], entries: ended('gid') },
  // A client's cut: sessions live on, and so do links.
  client: { of: () => ({ client: 'web' }), dead: ['web', 'offline', 'code'], entries: ['cut client_id'] },
  everything: { of: () => ({ everything: true }), dead: all, entries: ['cut everything'] },
}

const atAdmin = async (stage: Stage, body: unknown): Promise<string | undefined> =>
  api(stage, 'POST', '/admin/end', body, bearer(await operatorToken(stage.running)))
const commanded =
  (name: string, args: (scene: Scene) => Record<string, unknown>): Exit['act'] =>
  async (scene, stage) =>
    String((await stage.command(name, args(scene))).receipt)
const inPage =
  (path: string, typed: (scene: Scene) => Record<string, string>): Exit['act'] =>
  async ({ browser: form, ...scene }, { running }) => {
    const page = await form.go(running.issuer + path)
    const shown = await form.submit(page, typed({ ...scene, browser: form }))
    if (shown.status !== 200) throw new Error(`${path}: ${shown.status}`)
    return undefined
  }
const again = async (scene: Scene, name: string): Promise<undefined> => {
  await held(scene, name).again()
  await held(scene, name).again() // with the same token, and no grace
  return undefined
}

/** Where somebody signs in over a session: a page that was opened before there was one, and what they type into it. */
type Over = (form: FormBrowser, stage: Stage, other: string) => Promise<readonly [page: Shown, typed: Record<string, string>]>
const typedAt =
  (open: (form: FormBrowser, stage: Stage) => Promise<Shown>): Over =>
  async (form, stage, other) => [await open(form, stage), { identifier: other, password }]
const asked = (form: FormBrowser, { running }: Stage) => form.go(authorizeUrl(running, pkce().challenge))
const makeOne = async (form: FormBrowser, page: Shown) => form.go(linkOf(page, 'Make an account'))
const byMail: Over = async (form, { running, mailed }, other) => {
  await call(running.issuer, 'POST', '/session/mail-me', { identifier: other })
  return [await form.go(`${running.issuer}/mailed-sign-in?token=${await mailed(other, '/mailed-sign-in')}`), {}]
}
const overPages: Readonly<Record<string, readonly [isNew: boolean, over: Over]>> = {
  '/sign-in': [false, typedAt(asked)],
  '/new-account': [true, typedAt(async (form, stage) => makeOne(form, await asked(form, stage)))],
  '/mailed-sign-in': [false, byMail],
  '/account/sign-in': [false, typedAt((form, { running }) => form.go(`${running.issuer}/account`))],
  '/account/sign-up': [true, typedAt(async (form, { running }) => makeOne(form, await form.go(`${running.issuer}/account`)))],
}
/** The same at the session API, by what they hold. */
const overCalls: Readonly<
  Record<string, readonly [isNew: boolean, body: (stage: Stage, other: string) => Promise<Record<string, string>>]>
> = {
  '/sign-up': [true, async (_, identifier) => ({ identifier, password })],
  '/session/sign-in': [false, async (_, identifier) => ({ identifier, password })],
  '/session/mailed-sign-in': [
    false,
    async ({ running, mailed }, identifier) => {
      await call(running.issuer, 'POST', '/session/mail-me', { identifier })
      return { token: await mailed(identifier, '/mailed-sign-in') }
    },
  ],
}
const somebodyElse = async (scene: Scene, stage: Stage, isNew: boolean): Promise<string> => {
  const other = `other-${scene.name}`
  if (!isNew) await stage.command('users.add', { identifier: other, password, mail: other })
  return other
}
/** The process is gone, and with it what was open in it. */
const restarted =
  (how: Parameters<Stage['restart']>[0]): Exit['act'] =>
  async ({ holdings }, stage) => {
    await stage.restart(how)
    for (const { streams } of Object.values(holdings)) streams.shift()
    return undefined
  }

/** Every way out. What it ends stands beside it; what it spares is whatever does not. */
export const exits: readonly Exit[] = [
  {
    name: 'sign-out with an access token',
    through: 'POST /session/sign-out',
    act: asPhone('POST', () => '/session/sign-out'),
    dead: ['phone'],
    entries: ended('sid'),
  },
  {
    name: 'sign-out with a refresh token',
    through: 'POST /session/sign-out',
    act: (scene, stage) => api(stage, 'POST', '/session/sign-out', { refresh_token: held(scene, 'phone').refresh }),
    dead: ['phone'],
    entries: ended('sid'),
  },
  {
    name: 'sign-out with the browser’s cookie',
    through: 'POST /session/sign-out',
    act: ({ browser: { cookies } }, stage) =>
      api(stage, 'POST', '/session/sign-out', undefined, {
        cookie: `curfew=${cookies.get('curfew')}`,
        'curfew-request': '1',
        'sec-fetch-site': 'same-origin',
      }),
    dead: withBrowser,
    entries: ended('sid'),
  },
  {
    name: 'end-session, asked and answered',
    through: 'POST /end-session',
    act: inPage('/end-session', () => ({})),
    dead: withBrowser,
    entries: ended('sid'),
  },
  {
    name: 'end-session, everywhere',
    through: 'POST /end-session',
    act: inPage('/end-session', () => ({ scope: 'everywhere' })),
    dead: all,
    entries: ['cut usr'],
  },
  {
    name: 'end-session with an ID token',
    through: 'GET /end-session',
    act: async ({ browser: form, idToken }, { running }) => void (await form.go(`${running.issuer}/end-session?id_token_hint=${idToken}`)),
    dead: withBrowser,
    entries: ended('sid'),
  },
  {
    name: 'end-session with an ID token, posted',
    through: 'POST /end-session',
    act: async ({ idToken }, { running }) =>
      void (await fetch(`${running.issuer}/end-session`, { method: 'POST', body: new URLSearchParams({ id_token_hint: idToken }) })),
    dead: withBrowser,
    entries: ended('sid'),
  },
  {
    name: 'one device from another',
    through: 'DELETE /sessions/{sid}',
    act: asPhone('DELETE', (scene) => `/sessions/${held(scene, 'tablet').sid}`),
    dead: ['tablet'],
    entries: ended('sid'),
  },
  {
    name: 'an offline device from another',
    through: 'DELETE /sessions/{sid}',
    act: asPhone('DELETE', (scene) => `/sessions/${held(scene, 'offline').gid}`),
    dead: ['offline'],
    entries: ended('gid'),
  },
  {
    name: 'all devices but this one',
    through: 'DELETE /sessions',
    act: asPhone('DELETE', () => '/sessions?except=current'),
    dead: [...withBrowser, 'tablet', 'offline'],
    entries: ended('gid', 'sid', 'sid'),
  },
  { name: 'all devices', through: 'DELETE /sessions', act: asPhone('DELETE', () => '/sessions'), dead: all, entries: ['cut usr'] },
  {
    name: 'the account page: one device',
    through: 'POST /account/sign-out',
    act: inPage('/account', (scene) => ({ device: held(scene, 'tablet').sid })),
    dead: ['tablet'],
    entries: ended('sid'),
  },
  {
    name: 'the account page: this device',
    through: 'POST /account/sign-out',
    act: inPage('/account', (scene) => ({ device: held(scene, 'browser').sid })),
    dead: withBrowser,
    entries: ended('sid'),
  },
  {
    name: 'the account page: all others',
    through: 'POST /account/sign-out',
    act: inPage('/account', () => ({ device: 'others' })),
    dead: ['phone', 'tablet', 'offline'],
    entries: ended('gid', 'sid', 'sid'),
  },
  {
    name: 'the account page: an app’s access',
    through: 'POST /account/withdraw',
    act: async (scene, stage) => {
      const { issuer } = stage.running
      const [id, uri] = ['native', 'https://native.test/back']
      // An open consent page of the scene is no part of what is taken back: it asks anew.
      const { challenge, verifier } = pkce()
      const asked = await scene.browser.go(authorizeUrl(stage.running, challenge, { client_id: id, redirect_uri: uri }))
      const code = (await scene.browser.submit(asked, { answer: 'allow' })).left!.searchParams.get('code')!
      const form = { grant_type: 'authorization_code', client_id: id, code, code_verifier: verifier, redirect_uri: uri }
      scene.holdings.native = await grantOf(stage, (await post(`${issuer}/token`, form)).body, id)
      const page = await scene.browser.go(`${issuer}/account`)
      const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)![1]!
      const shown = await scene.browser.go(`${issuer}/account/withdraw`, {
        method: 'POST',
        body: new URLSearchParams({ csrf, client: id }),
      })
      if (shown.status !== 200) throw new Error(`withdraw: ${shown.status}`)
      return undefined
    },
    ...{ dead: ['native'], entries: ended('gid') },
  },
  // RFC 7009 §2.1: one access token leaves the grant.
  {
    name: 'a client gives an access token up',
    through: 'POST /revoke',
    act: async (scene, { running }) => (await post(`${running.issuer}/revoke`, { token: held(scene, 'web').access }, web)).body.receipt,
    dead: ['web.access'],
    entries: ended('jti'),
  },
  {
    name: 'a client gives a refresh token up',
    through: 'POST /revoke',
    act: async (scene, { running }) => (await post(`${running.issuer}/revoke`, { token: held(scene, 'web').refresh }, web)).body.receipt,
    dead: ['web'],
    entries: ended('gid'),
  },
  {
    name: 'a refresh token came twice, at the session API',
    through: 'POST /session/refresh',
    act: (scene) => again(scene, 'phone'),
    dead: ['phone'],
    entries: ended('gid'),
    quiet: true,
  },
  {
    name: 'a refresh token came twice, at the token endpoint',
    through: 'POST /token',
    act: (scene) => again(scene, 'offline'),
    dead: ['offline'],
    entries: ended('gid'),
    quiet: true,
  },
  {
    name: 'a code came twice',
    through: 'POST /token',
    act: async (scene, stage) => {
      scene.holdings.coded = await grantOf(stage, (await redeem(stage.running, scene.code)).body)
      await redeem(stage.running, scene.code)
      return undefined
    },
    ...{ dead: ['coded', 'code'], entries: ended('gid'), quiet: true },
  },
  {
    name: 'the password is changed',
    through: 'POST /password',
    act: asPhone(
      'POST',
      () => '/password',
      () => ({ current_password: password, new_password: next }),
    ),
    dead: all,
    entries: ['cut usr'],
  },
  {
    name: 'the password is changed at its page',
    through: 'POST /account/password',
    act: inPage('/account/password', () => ({ current_password: password, new_password: next })),
    dead: all,
    entries: ['cut usr'],
  },
  {
    name: 'a lost password',
    through: 'POST /password/new',
    act: ({ links }, stage) => api(stage, 'POST', '/password/new', { token: links.resetLink, new_password: next }),
    dead: all,
    entries: ['cut usr'],
  },
  {
    name: 'a lost password, at its page',
    through: 'POST /new-password',
    act: ({ links, ...scene }, stage) =>
      inPage(`/new-password?token=${links.resetLink}`, () => ({ new_password: next }))({ links, ...scene }, stage),
    dead: all,
    entries: ['cut usr'],
  },
  ...Object.entries(named).map(
    ([what, { of, dead, entries }]): Exit => ({
      name: `POST /admin/end: ${what}`,
      through: 'POST /admin/end',
      act: (scene, stage) => atAdmin(stage, of(scene)),
      dead,
      entries,
    }),
  ),
  ...Object.entries(named).map(
    ([what, { of, dead, entries }]): Exit => ({
      name: `curfew.end: ${what}`,
      act: async (scene, { running }) => (await running.curfew.end(what === 'everything' ? 'everything' : (of(scene) as never))).receipt,
      ...{ dead, entries },
    }),
  ),
  ...Object.entries(named).map(
    ([what, { of, dead, entries }]): Exit => ({
      name: `curfew revoke: ${what}`,
      through: 'revoke',
      act: commanded('revoke', of),
      dead,
      entries,
    }),
  ),
  {
    name: 'curfew users password',
    through: 'users.password',
    act: commanded('users.password', ({ sub }) => ({ user: sub, password: next })),
    dead: all,
    entries: ['cut usr'],
  },
  {
    name: 'curfew users disable',
    through: 'users.disable',
    act: commanded('users.disable', ({ sub }) => ({ user: sub })),
    dead: all,
    entries: ['cut usr'],
  },
  {
    name: 'curfew users remove',
    through: 'users.remove',
    act: commanded('users.remove', ({ sub }) => ({ user: sub })),
    dead: all,
    entries: ['cut usr'],
  },
  {
    name: 'curfew clients remove',
    through: 'clients.remove',
    act: async (scene, stage) => {
      const [id, uri] = ['temporary', 'https://temporary.test/back']
      await stage.command('clients.add', { id, redirectUris: [uri], scopes: ['openid'], consent: 'skip' })
      const { code, verifier } = await codeFor(
        stage.running,
        scene.name,
        { client_id: id, redirect_uri: uri, scope: 'openid' },
        scene.browser,
      )
      const form = { grant_type: 'authorization_code', client_id: id, code, code_verifier: verifier, redirect_uri: uri }
      scene.holdings.removed = await grantOf(stage, (await post(`${stage.running.issuer}/token`, form)).body, id)
      return String((await stage.command('clients.remove', { id })).receipt)
    },
    ...{ dead: ['removed'], entries: ['cut client_id'] },
  },
  {
    name: 'too many devices: the one used longest ago goes',
    through: 'POST /session/sign-in',
    act: async ({ name, holdings }, stage) => {
      // Whatever was used since, but the phone.
      const one = async (): Promise<void> => {
        const { body } = await call(stage.running.issuer, 'POST', '/session/sign-in', { identifier: name, password, mode: 'token' })
        holdings[`newcomer ${Object.keys(holdings).length}`] = await deviceOf(stage, body)
      }
      await one()
      await one()
      return undefined
    },
    ...{ dead: ['phone'], entries: ended('sid'), quiet: true },
  },
  ...Object.entries(overPages).map(
    ([path, [isNew, over]]): Exit => ({
      name: `somebody else signs in over it, at the page of ${path}`,
      through: `POST ${path}`,
      act: async (scene, stage) => {
        const form = formBrowser()
        const [page, typed] = await over(form, stage, await somebodyElse(scene, stage, isNew))
        // In another tab the person signs in meanwhile.
        for (const [name, value] of scene.browser.cookies) if (!form.cookies.has(name)) form.cookies.set(name, value)
        const shown = await form.submit(page, typed)
        if (!shown.left && shown.status !== 200) throw new Error(`${path}: ${shown.status} ${shown.text}`)
        return undefined
      },
      ...{ dead: withBrowser, entries: ended('sid'), quiet: true },
    }),
  ),
  ...Object.entries(overCalls).map(
    ([path, [isNew, body]]): Exit => ({
      name: `somebody else signs in over it, by ${path}`,
      through: `POST ${path}`,
      act: async (scene, stage) => {
        const other = browser(stage.running.issuer)
        for (const [name, value] of scene.browser.cookies) other.jar.set(name, value)
        const { status } = await other.call('POST', path, await body(stage, await somebodyElse(scene, stage, isNew)))
        if (status > 201) throw new Error(`${path}: ${status}`)
        return undefined
      },
      ...{ dead: withBrowser, entries: ended('sid'), quiet: true },
    }),
  ),
  ...(['phone', 'browser', 'offline'] as const).map(
    (name): Exit => ({
      name: `find says that the user is gone, as ${name} asks for another token`,
      ...(name === 'offline' ? { through: 'POST /token' } : { through: 'POST /session/refresh' }),
      act: async (scene) => {
        gone.add(scene.name)
        await held(scene, name).again()
        return undefined
      },
      ...{ dead: devices, entries: ['cut usr'], quiet: true, own: true },
    }),
  ),
  {
    name: 'find says that the user is gone, as a code is redeemed',
    through: 'POST /token',
    act: async (scene, { running }) => {
      gone.add(scene.name)
      await redeem(running, scene.code)
      return undefined
    },
    ...{ dead: devices, entries: ['cut usr'], quiet: true, own: true },
  },
  {
    name: 'a client is not in the configuration any more, at a restart',
    act: restarted({ without: 'web' }),
    ...{ dead: ['web', 'offline', 'code'], entries: ['cut client_id'], quiet: true },
    afterwards: (stage) => stage.restart(),
  },
  // The last one: nothing is confirmed for a while afterwards (R2). Both signing keys are over, too.
  {
    name: 'curfew restored, at a restart',
    through: 'restored',
    act: restarted({ command: 'restored', args: { lease_ms: 5_000 } }),
    ...{ dead: all, entries: ['cut everything', ...ended('kid', 'kid')], quiet: true },
  },
]

/** Users whom the application does not have any more. */
export const gone: Set<string> = new Set()

/** Routes that change something, and end nothing; whoever adds one says which it is. */
export const endNothing: readonly string[] = [
  'POST /session/reauthenticate',
  'POST /password/forgotten',
  'POST /mail',
  'POST /mail/verify',
  'POST /session/mail-me',
  'POST /authorize',
  'POST /introspect',
  'POST /userinfo',
  'POST /consent',
  'POST /forgot-password',
  'POST /verify-mail',
  'POST /mail-me',
  'POST /account/mail',
  'POST /ledger/follow',
  'POST /ledger/release',
  'POST /admin/stale',
]

/** The same for commands. */
export const commandsThatEndNothing: readonly string[] = [
  'users.add',
  'users.list',
  'users.roles',
  'users.mail',
  'users.enable',
  'users.import',
  'clients.add',
  'clients.list',
  'services.add',
  'services.key',
  'services.list',
  'services.remove',
  'sessions.list',
  'who',
  'inspect',
  'verifiers',
  'lease',
  'status',
  'doctor',
  'pause',
  'pause.end',
]

/** Of a token: what the ledger calls it. */
export function nameOf(entry: Readonly<Record<string, unknown>>): string {
  const [sort] = ['ended', 'cut', 'stale'].filter((one) => one in entry)
  return `${sort} ${Object.keys(entry[sort ?? ''] as object)[0] ?? 'everything'}`
}
