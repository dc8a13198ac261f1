import { randomBytes } from 'node:crypto'
import { opsSecret } from '../endpoints/calling.ts'
import { ordersKey, secret } from '../endpoints/clients.ts'
import type { Chance } from './chance.ts'
import type { Person } from './people.ts'

/** A request before it is written down. Pairs, so that a name can come twice. */
export interface Shape {
  method: string
  path: string
  query: [string, string][]
  headers: [string, string][]
  body: { kind: 'form' | 'json'; fields: [string, unknown][] } | { kind: 'none' }
}

type Make = (person: Person, chance: Chance) => Partial<Shape> & { json?: object; form?: object; asked?: object }

const own: [string, string][] = [
  ['curfew-request', '1'],
  ['sec-fetch-site', 'same-origin'],
]
const basic = (id: string, word: string): [string, string] => ['authorization', `Basic ${Buffer.from(`${id}:${word}`).toString('base64')}`]
const bearer = (token: string): [string, string] => ['authorization', `Bearer ${token}`]
const web = basic('web', secret)
const orders = basic(ordersKey.id, ordersKey.secret)
const challenge = 'A'.repeat(43)
const asked = {
  client_id: 'web',
  redirect_uri: 'https://web.test/back',
  response_type: 'code',
  scope: 'openid',
  state: 's',
  code_challenge: challenge,
  code_challenge_method: 'S256',
}
const fresh = (): string => `new${randomBytes(6).toString('hex')}`
/** The device by its token, or the browser by its cookie. */
const either = (person: Person, chance: Chance): [string, string][] =>
  chance.is(0.5) ? [bearer(person.phone.access)] : [...own, ['cookie', person.cookie]]
const form =
  (which: keyof Person['forms'], typed: (person: Person, chance: Chance) => object, who: 'cookie' | 'stranger' = 'cookie'): Make =>
  (person, chance) => ({ headers: [['cookie', person[who]]], form: { ...person.forms[which], ...typed(person, chance) } })
const page =
  (query: (person: Person) => object = () => ({}), who: 'cookie' | 'stranger' = 'cookie'): Make =>
  (person) => ({ headers: [['cookie', person[who]]], asked: query(person) })
const plain: Make = () => ({})

/** A good request for every route of routes.ts. */
export const goodRequests: Readonly<Record<string, Make>> = {
  'POST /sign-up': (person) => ({
    json: { identifier: fresh(), password: person.password, mode: 'token', device_name: 'a phone', name: 'A' },
  }),
  'POST /session/sign-in': (person, chance) => ({
    headers: own,
    json: { identifier: person.name, password: person.password, mode: chance.pick(['token', 'cookie']), device_token: person.phone.device },
  }),
  'GET /session': (person, chance) => ({ headers: either(person, chance) }),
  'POST /session/refresh': (person, chance) =>
    chance.is(0.5) ? { json: { refresh_token: person.phone.refresh } } : { headers: [...own, ['cookie', person.cookie]] },
  'POST /session/sign-out': (person, chance) =>
    chance.is(0.3) ? { json: { refresh_token: person.phone.refresh } } : { headers: either(person, chance) },
  'POST /session/reauthenticate': (person, chance) => ({ headers: either(person, chance), json: { password: person.password } }),
  'GET /sessions': (person, chance) => ({ headers: either(person, chance) }),
  'DELETE /sessions': (person, chance) => ({ headers: either(person, chance), asked: chance.is(0.8) ? { except: 'current' } : {} }),
  'DELETE /sessions/{sid}': (person, chance) => ({ headers: either(person, chance), path: `/sessions/${person.phone.sid}` }),
  'POST /password': (person, chance) => ({
    headers: either(person, chance),
    json: { current_password: person.password, new_password: person.password },
  }),
  'POST /password/forgotten': (person) => ({ json: { identifier: person.name } }),
  'POST /password/new': (person) => ({ json: { token: person.links.reset, new_password: person.password } }),
  'POST /mail': (person, chance) => ({
    headers: either(person, chance),
    json: { mail: `${fresh()}@fuzz.test`, current_password: person.password },
  }),
  'POST /mail/verify': (person) => ({ json: { token: person.links.verify } }),
  'POST /session/mail-me': (person) => ({ json: { identifier: person.name } }),
  'POST /session/mailed-sign-in': (person) => ({ json: { token: person.links.sign_in, mode: 'token' } }),
  'GET /authorize': page(() => asked),
  'POST /authorize': (person) => ({ headers: [['cookie', person.cookie]], form: asked }),
  'POST /token': (person, chance) =>
    chance.pick([
      () => ({
        headers: [web],
        form: { grant_type: 'authorization_code', code: person.code, code_verifier: person.verifier, redirect_uri: asked.redirect_uri },
      }),
      () => ({ headers: [web], form: { grant_type: 'refresh_token', refresh_token: person.web.refresh } }),
      () => ({ form: { grant_type: 'refresh_token', refresh_token: person.phone.refresh, client_id: 'first-party' } }),
      () => ({ headers: [basic('ops', opsSecret)], form: { grant_type: 'client_credentials', scope: 'curfew:end' } }),
    ])(),
  'POST /revoke': (person, chance) => ({
    headers: [web],
    form: { token: chance.pick([person.web.access, person.web.access, person.web.refresh]) },
  }),
  'POST /introspect': (person, chance) => ({ headers: [orders], form: { token: chance.pick([person.phone.access, person.web.access]) } }),
  'GET /userinfo': (person) => ({ headers: [bearer(person.web.access)] }),
  'POST /userinfo': (person) => ({ headers: [bearer(person.web.access)] }),
  'GET /end-session': page((person) => ({ id_token_hint: person.web.id, state: 's' })),
  'POST /end-session': form('endSession', () => ({})),
  'GET /jwks': plain,
  'GET /.well-known/openid-configuration': plain,
  'GET /.well-known/oauth-authorization-server': plain,
  'GET /sign-in': page((person) => ({ interaction: person.forms.signIn.interaction }), 'stranger'),
  'POST /sign-in': form('signIn', (person) => ({ identifier: person.name, password: person.password }), 'stranger'),
  'GET /new-account': page((person) => ({ interaction: person.forms.signIn.interaction }), 'stranger'),
  'POST /new-account': form('signIn', (person) => ({ identifier: fresh(), password: person.password, name: 'A' }), 'stranger'),
  'GET /consent': page((person) => ({ interaction: person.forms.consent.interaction })),
  'POST /consent': form('consent', (_, chance) => ({ answer: chance.pick(['allow', 'deny']) })),
  'GET /forgot-password': page(() => ({}), 'stranger'),
  'POST /forgot-password': form('forgot', (person) => ({ identifier: person.name }), 'stranger'),
  'GET /new-password': page((person) => ({ token: person.links.reset }), 'stranger'),
  'POST /new-password': form('reset', (person) => ({ new_password: person.password }), 'stranger'),
  'GET /verify-mail': page((person) => ({ token: person.links.verify }), 'stranger'),
  'POST /verify-mail': form('verifyMail', () => ({}), 'stranger'),
  'GET /mail-me': page(() => ({}), 'stranger'),
  'POST /mail-me': form('mailMe', (person) => ({ identifier: person.name }), 'stranger'),
  'GET /mailed-sign-in': page((person) => ({ token: person.links.sign_in }), 'stranger'),
  'POST /mailed-sign-in': form('mailedSignIn', () => ({}), 'stranger'),
  'GET /account': page(),
  'POST /account/sign-in': form('accountSignIn', (person) => ({ identifier: person.name, password: person.password }), 'stranger'),
  'POST /account/sign-up': form('accountSignIn', (person) => ({ identifier: fresh(), password: person.password }), 'stranger'),
  'POST /account/sign-out': form('account', (person, chance) => ({ device: chance.pick(['others', person.phone.sid]) })),
  'POST /account/withdraw': form('account', (_, chance) => ({ client: chance.pick(['web', 'spa', 'nobody']) })),
  'GET /account/password': page(),
  'POST /account/password': form('password', (person) => ({ current_password: person.password, new_password: person.password })),
  'GET /account/mail': page(),
  'POST /account/mail': form('mail', (person) => ({ mail: `${fresh()}@fuzz.test`, current_password: person.password })),
  'POST /ledger/follow': (_, chance) => ({
    headers: [orders],
    json: { version: 1, id: `fuzz${chance.below(4)}${'x'.repeat(16)}`, after: 0, hold: chance.below(300), on_lease_lost: 'introspect' },
  }),
  'POST /ledger/release': (_, chance) => ({ headers: [orders], json: { version: 1, id: `fuzz${chance.below(4)}${'x'.repeat(16)}` } }),
  'GET /receipts/{id}': (person) => ({ path: `/receipts/${person.receipt}`, headers: [['prefer', 'wait=0']] }),
  'POST /admin/end': (person, chance) => ({
    headers: [bearer(person.operator)],
    json: chance.pick<() => object>([
      () => ({ session: person.phone.sid }),
      () => ({ token: person.web.access }),
      () => ({ grant: 'A'.repeat(22) }),
      () => ({ user: 'A'.repeat(22) }),
      () => ({ client: 'once' }),
      () => ({ everything: chance.is(0.02) }),
    ])(),
  }),
  'POST /admin/stale': (person, chance) => ({
    headers: [bearer(person.operator)],
    json: chance.pick([{ client: 'once' }, { user: 'A'.repeat(22) }, { everything: false }]),
  }),
  'GET /healthz': plain,
  'GET /readyz': plain,
}

/** Routes that hash a password: they cost a hundred times what others do, and are drawn less often. */
const costly =
  /^POST \/(sign-up|sign-in|new-account|password|new-password|mail|account\/(sign-in|sign-up|password|mail)|session\/(sign-in|reauthenticate)|password\/new)$/

/** Names of routes, the cheap ones more often. */
export const drawn: readonly string[] = Object.keys(goodRequests).flatMap((name) =>
  Array.from({ length: costly.test(name) ? 1 : 6 }, () => name),
)

/** A good request for a route: all that its endpoint could ask for is there. */
export function goodRequest(name: string, person: Person, chance: Chance): Shape {
  const [method = '', path = ''] = name.split(' ')
  const { json, form: typed, asked: query = {}, headers = [], ...rest } = goodRequests[name]!(person, chance)
  const fields = (of: object): [string, unknown][] => Object.entries(of)
  const body: Shape['body'] = json
    ? { kind: 'json', fields: fields(json) }
    : typed
      ? { kind: 'form', fields: fields(typed) }
      : { kind: 'none' }
  return { method, path, query: Object.entries(query) as [string, string][], headers: [...headers], body, ...rest }
}
