import { payload } from '../test/jwt.ts'
import { form, type httpClient, json, type Seen } from './http-client.ts'
import type { Device } from './judge.ts'
import type { WebSession } from './web.ts'

/** A user of the proof and the devices on which they are signed in. */
export interface Person {
  readonly name: string
  password: string
  sub: string
  devices: Device[]
  /** A browser in which they signed in at the issuer's pages, for the client `web`. */
  web?: WebSession | undefined
  /** One ending at a time a person: which of two racing ones ended a device could not be told. */
  busy: boolean
  gone: boolean
}

export interface Issuer {
  readonly url: string
  readonly http: ReturnType<typeof httpClient>
}

/** Every device of a person, the browser too, that nobody has begun to end. */
export function everyDevice({ devices, web }: Person): Device[] {
  return [...devices, ...(web ? [web.device] : [])].filter((device) => device.endingSince === undefined)
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

/** Signs in on one more device, in token mode. */
export async function signIn(person: Person, { url, http }: Issuer, device: string): Promise<Device> {
  const body = json({ identifier: person.name, password: person.password, device_name: device, mode: 'token' })
  const answer = await http.call(`${url}/session/sign-in`, { method: 'POST', ...body, patience: 60_000 })
  if (answer.status !== 200) throw new Error(`sign-in of ${person.name}: ${answer.status} ${answer.text}`)
  const made = deviceOf(person, answer)
  person.sub = claims(made.accessToken).sub
  person.devices.push(made)
  return made
}

/** The device that a sign-in, a refresh or a password change answered with. */
export function deviceOf(person: Pick<Person, 'name'>, answer: Seen): Device {
  const { access_token: accessToken, refresh_token: refreshToken } = JSON.parse(answer.text) as {
    access_token: string
    refresh_token: string
  }
  const { sid, gid, jti, exp } = claims(accessToken)
  return { user: person.name, sid, gid, jti, accessToken, refreshToken, expiresAt: exp * 1000 }
}

/** The claims of an access token, unchecked: only to know which is which. */
export function claims(token: string): { sub: string; sid: string; gid: string; jti: string; exp: number } {
  return payload(token)
}

/** Takes a successor: the device goes on with new tokens. */
export async function refresh(person: Person, device: Device, { url, http }: Issuer): Promise<Device> {
  const answer = await http.call(`${url}/session/refresh`, { method: 'POST', ...json({ refresh_token: device.refreshToken }) })
  if (answer.status !== 200) throw new Error(`refresh of ${person.name}: ${answer.status} ${answer.text}`)
  const next = deviceOf(person, answer)
  person.devices[person.devices.indexOf(device)] = next
  return next
}

/** The operator's own token, by client credentials. */
export async function operatorToken(client: { id: string; secret: string }, { url, http }: Issuer): Promise<string> {
  const fields = form({ grant_type: 'client_credentials', scope: 'curfew:end', resource: url })
  const basic = Buffer.from(`${client.id}:${client.secret}`).toString('base64')
  const answer = await http.call(`${url}/token`, {
    method: 'POST',
    body: fields.body,
    headers: { ...fields.headers, authorization: `Basic ${basic}` },
  })
  if (answer.status !== 200) throw new Error(`token of the operator: ${answer.status} ${answer.text}`)
  return (JSON.parse(answer.text) as { access_token: string }).access_token
}
