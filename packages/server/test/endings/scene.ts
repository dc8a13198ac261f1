import { randomBytes } from 'node:crypto'
import type { Verdict, Verifier } from '@curfew/verifier'
import { call } from '../endpoints/calling.ts'
import { authorizeUrl, codeFor, ordersKey, pkce, post, redeem, web } from '../endpoints/clients.ts'
import { type FormBrowser, formBrowser, type Shown } from '../endpoints/form-browser.ts'
import { password, type Running } from '../endpoints/running.ts'
import { payload } from '../jwt.ts'

/** Where scenes are played: an issuer, a verifier in its process, and one that follows from outside. */
export interface Stage {
  readonly running: Running
  readonly follower: Verifier
  /** Users of the application's own: no mail, and passwords that nobody hashes. */
  readonly own: boolean
  mailed(to: string, page: string): Promise<string>
  /** Stops the issuer and starts it again; without a client of its configuration, or with a command meanwhile, which opens the database itself. */
  restart(how?: { readonly without?: string; readonly command?: string; readonly args?: Record<string, unknown> }): Promise<void>
  /** What the command line does: over the socket, or with PostgreSQL as a process of its own would. */
  command(name: string, args: Record<string, unknown>): Promise<Record<string, unknown>>
}

/** What one device or client has: an access token, and what it gets the next one with. */
export interface Holding {
  /** Of the session API, not of a client. */
  readonly own: boolean
  readonly access: string
  readonly sid: string
  readonly gid: string
  /** Another access token, by refresh token or cookie; undefined: refused. */
  again(): Promise<string | undefined>
  readonly refresh: string
  /** Open streams: the verdicts of both verifiers, the one in the process first. */
  readonly streams: Verdict[]
}

/** All that one person has, before it ends. */
export interface Scene {
  readonly name: string
  readonly sub: string
  readonly holdings: Record<string, Holding>
  readonly browser: FormBrowser
  readonly idToken: string
  readonly code: { readonly code: string; readonly verifier: string }
  readonly consent: Shown
  readonly links: Readonly<Record<string, string>>
}

/** Two devices, a browser, a client's grant under it and one that outlives it, a code, a page, and mailed links: all good. */
export async function play(stage: Stage): Promise<Scene> {
  const { running, own, mailed } = stage
  const { issuer } = running
  const name = `s${randomBytes(6).toString('hex')}@scene.test`
  if (!own) await stage.command('users.add', { identifier: name, password, mail: name })
  const linkTo = async (page: string, path: string): Promise<string> => {
    await call(issuer, 'POST', path, { identifier: name })
    return mailed(name, page)
  }
  /** By a mailed link where there is mail: it hashes no password. */
  const signIn = async (mode: 'token' | 'cookie', headers: Record<string, string> = {}) =>
    own
      ? call(issuer, 'POST', '/session/sign-in', { identifier: name, password, mode }, headers)
      : call(issuer, 'POST', '/session/mailed-sign-in', { token: await linkTo('/mailed-sign-in', '/session/mail-me'), mode }, headers)
  const first = await signIn('token')
  const phone = await deviceOf(stage, first.body)
  const tablet = await deviceOf(stage, (await signIn('token')).body)

  const browser = formBrowser()
  const cookies = (await signIn('cookie', { 'curfew-request': '1', 'sec-fetch-site': 'same-origin' })).headers.getSetCookie()
  for (const line of cookies) browser.cookies.set(line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1, line.indexOf(';')))
  const session = `curfew=${browser.cookies.get('curfew')}`
  const inBrowser = await holding(stage, true, browser.cookies.get('curfew-at') ?? '', '', async () => {
    const headers = { cookie: session, 'curfew-request': '1', 'sec-fetch-site': 'same-origin' }
    const answer = await call(issuer, 'POST', '/session/refresh', undefined, headers)
    return /curfew-at=([^;]+)/.exec(answer.headers.getSetCookie().join('\n'))?.[1]
  })
  const under = (await redeem(running, await codeFor(running, name, {}, browser))).body
  const outliving = (await redeem(running, await codeFor(running, name, { scope: 'openid offline_access' }, browser))).body
  const code = await codeFor(running, name, {}, browser)
  const asked = { client_id: 'native', redirect_uri: 'https://native.test/back' }
  const consent = await browser.go(authorizeUrl(running, pkce().challenge, asked))
  const links: Record<string, string> = {}
  if (!own) {
    links.resetLink = await linkTo('/new-password', '/password/forgotten')
    links.signInLink = await linkTo('/mailed-sign-in', '/session/mail-me')
    const other = `o${name}`
    const authorization = `Bearer ${phone.access}`
    await call(issuer, 'POST', '/mail', { mail: other, current_password: password }, { authorization })
    links.verifyLink = await mailed(other, '/verify-mail')
  }
  return {
    ...{ name, sub: String(payload(phone.access).sub), browser, code, consent, links, idToken: under.id_token ?? '' },
    holdings: { phone, tablet, browser: inBrowser, web: await grantOf(stage, under), offline: await grantOf(stage, outliving) },
  }
}

/** What a device holds that signed in with tokens. */
export function deviceOf(stage: Stage, body: Record<string, string>): Promise<Holding> {
  const refresh = body.refresh_token ?? ''
  return holding(stage, true, body.access_token ?? '', refresh, async () => {
    const answer = await call(stage.running.issuer, 'POST', '/session/refresh', { refresh_token: refresh })
    return answer.status === 200 ? answer.body.access_token : undefined
  })
}

/** What the client `web` holds, or a public one. */
export function grantOf(stage: Stage, body: Record<string, string>, client?: string): Promise<Holding> {
  const refresh = body.refresh_token ?? ''
  return holding(stage, false, body.access_token ?? '', refresh, async () => {
    const answer = await post(
      `${stage.running.issuer}/token`,
      { grant_type: 'refresh_token', refresh_token: refresh, client_id: client },
      client ? undefined : web,
    )
    return answer.status === 200 ? answer.body.access_token : undefined
  })
}

async function holding(stage: Stage, own: boolean, access: string, refresh: string, again: Holding['again']): Promise<Holding> {
  const streams = await Promise.all(verifiers(stage).map((one) => one.verify({ token: access })))
  for (const one of streams) if (one.outcome !== 'accepted') throw new Error(`the scene is not good: ${one.reason}`)
  const { sid = '', gid = '' } = payload(access) as { sid?: string; gid?: string }
  return { own, access, sid, gid, refresh, again, streams }
}

function verifiers({ running, follower }: Stage): readonly Verifier[] {
  return [running.curfew.verifier(), follower]
}

/** What of a scene is dead now: each name, or `NAME.access` and `NAME.again` where only one of the two is; and what contradicts itself. */
export async function deadIn(
  scene: Scene,
  stage: Stage,
): Promise<{ readonly dead: readonly string[]; readonly contradictions: readonly string[] }> {
  const { running } = stage
  const { issuer } = running
  const dead: string[] = []
  const contradictions: string[] = []
  for (const [name, held] of Object.entries(scene.holdings)) {
    const authorization = `Bearer ${held.access}`
    const introspected = await post(`${issuer}/introspect`, { token: held.access }, ordersKey)
    const signals: Record<string, boolean> = {
      'no userinfo': (await call(issuer, 'GET', '/userinfo', undefined, { authorization })).status === 401,
      'introspection says inactive': String(introspected.body.active) === 'false',
      // Clients are not let in there at all.
      ...(held.own && {
        'GET /session knows nobody': (await call(issuer, 'GET', '/session', undefined, { authorization })).status === 401,
      }),
      'refused in the process': (await running.curfew.verifier().verify({ token: held.access })).outcome === 'refused',
      'refused by the follower': (await stage.follower.verify({ token: held.access })).outcome === 'refused',
      'streams are closed': held.streams.every((one) => one.outcome === 'accepted' && one.signal.aborted),
    }
    const next = await held.again()
    const isOver = { access: Object.values(signals).every(Boolean), again: next === undefined }
    if (!isOver.access) {
      for (const [what, is] of Object.entries(signals)) if (is) contradictions.push(`${name}: ${what}, and not all the rest`)
      if (held.streams.some((one) => one.outcome === 'accepted' && one.signal.aborted)) contradictions.push(`${name}: a stream is closed`)
    }
    if (next !== undefined && (await stage.follower.verify({ token: next })).outcome !== 'accepted')
      contradictions.push(`${name}: what it gets is not good`)
    if (isOver.access && isOver.again) dead.push(name)
    else for (const part of ['access', 'again'] as const) if (isOver[part]) dead.push(`${name}.${part}`)
  }
  const { browser, code, links } = scene
  const consented = await browser.submit(scene.consent, { answer: 'allow' })
  if (!consented.left?.searchParams.get('code')) dead.push('consent')
  if ((await redeem(running, code)).status !== 200) dead.push('code')
  const opened = { signInLink: '/mailed-sign-in', verifyLink: '/verify-mail', resetLink: '/new-password' } as const
  for (const [name, path] of Object.entries(opened)) {
    if (links[name] !== undefined && (await fetch(`${issuer}${path}?token=${links[name]}`)).status === 400) dead.push(name)
  }
  // Used, too: the last one ends all the others.
  const used = { signInLink: '/session/mailed-sign-in', resetLink: '/password/new' } as const
  for (const [name, path] of Object.entries(used)) {
    if (links[name] === undefined) continue
    const { body } = await call(issuer, 'POST', path, {
      token: links[name],
      mode: 'token',
      new_password: 'a bassoon under the old pear tree',
    })
    if ((body.error === 'invalid_link') !== dead.includes(name)) contradictions.push(`${name}: its page and what uses it do not agree`)
  }
  return { dead: dead.sort(), contradictions }
}
