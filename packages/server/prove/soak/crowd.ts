import { createHash, randomBytes } from 'node:crypto'
import type { Verifier } from '@curfew/verifier'
import { form, httpClient, json, type Seen } from '../http-client.ts'
import { timer } from './timings.ts'

/** How often a second each thing is done. Sign-ups and sign-ins are rare: each of them hashes a password. */
export const rates = {
  signUp: 0.2,
  signIn: 1.2,
  signInCookie: 0.6,
  refresh: 15,
  renewal: 10,
  request: 80,
  list: 3,
  signOut: 1.2,
  code: 0.6,
  codeReplay: 0.1,
  replay: 0.1,
} as const

export type Kind = keyof typeof rates

/** A device that is signed in. Times on the harness's clock, in milliseconds. */
interface Device {
  readonly by: 'token' | 'cookie'
  readonly born: number
  readonly first?: string
  /** Nobody uses it again: it ends by being idle. */
  readonly forgotten: boolean
  access: string
  accessAt: number
  /** It refreshes once at a time: a token of two refreshes ago is a replay. */
  busy?: boolean
  secret: string
}

/** What the soak is told of the issuer. Milliseconds. */
export interface Place {
  readonly url: string
  readonly verifier: Verifier
  readonly accessLife: number
  readonly absoluteLife: number
  readonly grace: number
}

export const redirect = 'http://127.0.0.1:9/back'
const own = { 'curfew-request': '1', 'sec-fetch-site': 'same-origin' }
const password = 'kohlrabi on the tram to nowhere'

/** People with devices, and what they do. */
export function makeCrowd({ url, verifier, accessLife, absoluteLife, grace }: Place, count = 8) {
  const http = httpClient(32)
  const names: string[] = []
  let devices: Device[] = []
  let signUps = 0
  const now = (): number => performance.now()
  const times = { refresh: timer(), signOut: timer() }
  const done = new Map<string, number>()
  const problems: string[] = []
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(Math.random() * list.length)]
  const live = (by?: Device['by']): Device | undefined =>
    pick(devices.filter((one) => !one.forgotten && (by === undefined || one.by === by)))
  const drop = (device: Device): void => {
    devices = devices.filter((one) => one !== device)
  }
  const cookieOf = ({ headers }: Seen, name: string): string =>
    /=([^;]*)/.exec([headers['set-cookie'] ?? []].flat().find((line) => line.startsWith(`${name}=`)) ?? '')?.[1] ?? ''
  const wrong = (what: string, { status, text }: Seen): void => void problems.push(`${what}: ${status} ${text.slice(0, 200)}`)
  /** Not good any more, and nobody did it: only its time can be over. */
  const over = (device: Device, what: string, answer: Seen): void => {
    drop(device)
    if (now() - device.born < absoluteLife - 3000) wrong(what, answer)
  }
  /** No token outlives its session, and one that is nearly over says nothing. */
  const isOld = ({ accessAt, born: since }: Device): boolean => now() - accessAt > accessLife / 2 || now() - since > absoluteLife - 8000
  const born = (by: Device['by'], access: string, secret: string, { sentAt }: Seen): Device => {
    const device: Device = { by, born: sentAt, first: secret, forgotten: Math.random() < 0.2, access, accessAt: sentAt, secret }
    devices.push(device)
    return device
  }

  async function signUp(): Promise<void> {
    signUps += 1
    const identifier = `person-${signUps}`
    const answer = await http.call(`${url}/sign-up`, { method: 'POST', ...json({ identifier, password, mode: 'token' }) })
    if (answer.status !== 201) return wrong('sign-up', answer)
    names.push(identifier)
    const { access_token: access, refresh_token: secret } = JSON.parse(answer.text)
    born('token', access, secret, answer)
  }

  async function signIn(mode: 'token' | 'cookie'): Promise<void> {
    const { headers, body } = json({ identifier: pick(names), password, mode })
    const answer = await http.call(`${url}/session/sign-in`, { method: 'POST', headers: { ...headers, ...own }, body })
    if (answer.status !== 200) return wrong('sign-in', answer)
    if (mode === 'cookie') return void born('cookie', cookieOf(answer, 'curfew-at'), cookieOf(answer, 'curfew'), answer)
    const { access_token: access, refresh_token: secret } = JSON.parse(answer.text)
    born('token', access, secret, answer)
  }

  async function refresh(): Promise<void> {
    const device = live('token')
    if (!device || device.busy) return
    device.busy = true
    const answer = await http.call(`${url}/session/refresh`, { method: 'POST', ...json({ refresh_token: device.secret }) })
    device.busy = false
    times.refresh.add(answer.cameAt - answer.sentAt)
    if (answer.status !== 200) return devices.includes(device) ? over(device, 'refresh', answer) : undefined
    const { access_token: access, refresh_token: secret } = JSON.parse(answer.text)
    Object.assign(device, { access, secret, accessAt: answer.sentAt })
  }

  async function renewal(): Promise<void> {
    const device = live('cookie')
    if (!device) return
    const answer = await http.call(`${url}/session/refresh`, { method: 'POST', headers: { ...own, cookie: `curfew=${device.secret}` } })
    if (answer.status !== 200) return devices.includes(device) ? over(device, 'renewal', answer) : undefined
    Object.assign(device, { access: cookieOf(answer, 'curfew-at'), accessAt: answer.sentAt })
  }

  async function request(): Promise<void> {
    const device = live()
    if (!device || isOld(device)) return
    const { access } = device
    const verdict = await verifier.verify({ token: access })
    // Ended, or given another one, while it was asked: that says nothing.
    if (verdict.outcome !== 'accepted' && devices.includes(device)) problems.push(`a good request was refused: ${verdict.reason}`)
  }

  async function list(): Promise<void> {
    const device = live('token')
    if (!device || isOld(device)) return
    const answer = await http.call(`${url}/sessions`, { headers: { authorization: `Bearer ${device.access}` } })
    if (answer.status !== 200 && devices.includes(device)) wrong('device list', answer)
  }

  async function signOut(): Promise<void> {
    const device = live()
    if (!device) return
    drop(device)
    const how = device.by === 'token' ? json({ refresh_token: device.secret }) : { headers: { ...own, cookie: `curfew=${device.secret}` } }
    const answer = await http.call(`${url}/session/sign-out`, { method: 'POST', ...how })
    times.signOut.add(answer.cameAt - answer.sentAt)
    if (answer.status !== 200 || JSON.parse(answer.text).confirmed !== true) return wrong('sign-out', answer)
    const { outcome } = await verifier.verify({ token: device.access })
    if (outcome === 'accepted') problems.push('a request after a confirmed sign-out was accepted')
  }

  /** A code in a browser that is signed in, redeemed; `again`: twice, which ends what it gave (RFC 6749 §4.1.2). */
  async function code(again: boolean): Promise<void> {
    const device = live('cookie')
    if (!device) return
    const verifierText = randomBytes(32).toString('base64url')
    const query = new URLSearchParams({
      ...{ client_id: 'web', redirect_uri: redirect, response_type: 'code', scope: 'openid', code_challenge_method: 'S256' },
      code_challenge: createHash('sha256').update(verifierText).digest('base64url'),
    })
    const step = await http.call(`${url}/authorize?${query}`, { headers: { cookie: `curfew=${device.secret}` } })
    const given = /[?&]code=([^&]+)/.exec(String(step.headers.location ?? ''))?.[1]
    if (given === undefined) return devices.includes(device) ? over(device, 'authorize', step) : undefined
    const fields = { grant_type: 'authorization_code', client_id: 'web', redirect_uri: redirect, code: given, code_verifier: verifierText }
    const answer = await http.call(`${url}/token`, { method: 'POST', ...form(fields) })
    if (answer.status !== 200) return devices.includes(device) ? over(device, 'code', answer) : undefined
    if (!again) return
    const twice = await http.call(`${url}/token`, { method: 'POST', ...form(fields) })
    if (twice.status !== 400) wrong('a code that was used twice', twice)
  }

  async function replay(): Promise<void> {
    const device = devices.find((one) => one.by === 'token' && one.first !== one.secret && now() - one.born > grace + 1000)
    if (!device?.first) return
    drop(device)
    const answer = await http.call(`${url}/session/refresh`, { method: 'POST', ...json({ refresh_token: device.first }) })
    if (answer.status !== 401) wrong('a replay', answer)
  }

  const acts: Record<Kind, () => Promise<void>> = {
    ...{ signUp, refresh, renewal, request, list, signOut, replay },
    signIn: () => signIn('token'),
    signInCookie: () => signIn('cookie'),
    code: () => code(false),
    codeReplay: () => code(true),
  }

  return {
    times,
    problems,
    done: done as ReadonlyMap<string, number>,
    devices: (): number => devices.length,
    async open(): Promise<void> {
      for (let n = 0; n < count; n += 1) await signUp()
    },
    async act(kind: Kind): Promise<void> {
      try {
        await acts[kind]()
        done.set(kind, (done.get(kind) ?? 0) + 1)
      } catch (error) {
        problems.push(`${kind}: ${(error as Error).message}`)
      }
      // What is forgotten is forgotten here, too.
      devices = devices.filter((one) => now() - one.born < absoluteLife + 5000)
    },
    close: http.close,
  }
}
