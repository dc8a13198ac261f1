import { form, json, type Seen } from './http-client.ts'
import type { Device } from './judge.ts'
import { bearer, deviceOf, everyDevice, type Issuer, type Person, refresh, signIn } from './population.ts'

/** What an ending needs to know of its surroundings. */
export interface Stage extends Issuer {
  /** As it writes itself: where a browser goes. */
  readonly issuer: string
  readonly operator: () => Promise<string>
  /** What the command line may ask. */
  readonly command: (name: string, args: Readonly<Record<string, unknown>>) => Promise<unknown>
  readonly firstParty: string
  readonly devicesEach: number
}

/** What an ending did: from which moment on its devices were ending, and when the confirmed answer came. */
export interface Done {
  readonly sentAt: number
  readonly confirmedAt: number
  /** Took an answer of its own (replay, device limit: they never wait, S6), so its time is not one of a confirmation. */
  readonly askedLater?: boolean
  /** Devices that were made and ended by it. */
  readonly more?: readonly Device[]
}

export type Kind = (person: Person, device: Device, stage: Stage) => Promise<Done>

/** Marks what is ending before the call is sent, and what is confirmed when its answer came. Called by each kind exactly once. */
export async function ends(kind: string, devices: readonly Device[], call: () => Promise<Seen>): Promise<Done> {
  const since = performance.now()
  for (const device of devices) Object.assign(device, { kind, endingSince: since })
  const answer = await call()
  const body = JSON.parse(answer.text || '{}') as { confirmed?: boolean }
  if (answer.status !== 200 || body.confirmed !== true)
    throw new Error(`${kind}: not confirmed: ${answer.status} ${answer.text.slice(0, 300)}`)
  for (const device of devices) device.confirmedAt = answer.cameAt
  return { sentAt: answer.sentAt, confirmedAt: answer.cameAt }
}

/** The same through the control socket, as the command line asks. */
async function endsByCommand(
  kind: string,
  devices: readonly Device[],
  name: string,
  args: Record<string, unknown>,
  stage: Stage,
): Promise<Done> {
  const since = performance.now()
  for (const device of devices) Object.assign(device, { kind, endingSince: since })
  const answer = (await stage.command(name, args)) as { confirmed: boolean }
  if (!answer.confirmed) throw new Error(`${kind}: not confirmed`)
  const confirmedAt = performance.now()
  for (const device of devices) device.confirmedAt = confirmedAt
  return { sentAt: since, confirmedAt }
}

export const operate = async (stage: Stage, what: object): Promise<Seen> => {
  const body = json(what)
  return stage.http.call(`${stage.url}/admin/end`, {
    method: 'POST',
    body: body.body,
    headers: { ...body.headers, ...bearer(await stage.operator()) },
  })
}

const others = (person: Person, device: Device): Device[] => person.devices.filter((one) => one !== device)

/** Every way in which something of one user ends. */
export const kinds: Readonly<Record<string, Kind>> = {
  'sign-out': (_, device, { url, http }) =>
    ends('sign-out', [device], () => http.call(`${url}/session/sign-out`, { method: 'POST', headers: bearer(device.accessToken) })),

  'one device from another': (person, device, { url, http }) => {
    const other = others(person, device)[0] ?? device
    return ends('one device from another', [other], () =>
      http.call(`${url}/sessions/${other.sid}`, { method: 'DELETE', headers: bearer(device.accessToken) }),
    )
  },

  'all others': (person, device, { url, http }) =>
    ends(
      'all others',
      everyDevice(person).filter((one) => one !== device),
      () => http.call(`${url}/sessions?except=current`, { method: 'DELETE', headers: bearer(device.accessToken) }),
    ),

  everywhere: (person, device, { url, http }) =>
    ends('everywhere', everyDevice(person), () => http.call(`${url}/sessions`, { method: 'DELETE', headers: bearer(device.accessToken) })),

  'password changed': async (person, device, { url, http }) => {
    const next = `${person.password} again`
    const before = everyDevice(person)
    let answer: Seen | undefined
    const done = await ends('password changed', before, async () => {
      const body = json({ current_password: person.password, new_password: next })
      answer = await http.call(`${url}/password`, {
        method: 'POST',
        body: body.body,
        headers: { ...body.headers, ...bearer(device.accessToken) },
      })
      return answer
    })
    person.password = next
    if (answer) person.devices.push(deviceOf(person, answer))
    return done
  },

  'refresh token revoked': (_, device, { url, http, firstParty }) =>
    ends('refresh token revoked', [device], () =>
      http.call(`${url}/revoke`, { method: 'POST', ...form({ token: device.refreshToken, client_id: firstParty }) }),
    ),

  'access token revoked': (_, device, { url, http, firstParty }) =>
    ends('access token revoked', [device], () =>
      http.call(`${url}/revoke`, { method: 'POST', ...form({ token: device.accessToken, client_id: firstParty }) }),
    ),

  'refresh token replayed': async (person, device, stage) => {
    // Two rotations on: the first token is older than one that a lost answer could explain (contract §3).
    const second = await refresh(person, device, stage)
    const third = await refresh(person, second, stage)
    const all = [device, second, third]
    for (const one of all) Object.assign(one, { kind: 'refresh token replayed', endingSince: performance.now() })
    const answer = await stage.http.call(`${stage.url}/session/refresh`, {
      method: 'POST',
      ...json({ refresh_token: device.refreshToken }),
    })
    if (answer.status !== 401) throw new Error(`a replay was not refused: ${answer.status} ${answer.text}`)
    return { ...(await ends('refresh token replayed', all, () => operate(stage, { grant: device.gid }))), askedLater: true }
  },

  'operator: user': (person, _, stage) => ends('operator: user', everyDevice(person), () => operate(stage, { user: person.sub })),
  'operator: session': (_, device, stage) => ends('operator: session', [device], () => operate(stage, { session: device.sid })),
  'operator: grant': (_, device, stage) => ends('operator: grant', [device], () => operate(stage, { grant: device.gid })),
  'operator: token': (_, device, stage) => ends('operator: token', [device], () => operate(stage, { token: device.accessToken })),

  'device limit': async (person, _, stage) => {
    if (person.devices.filter((one) => one.endingSince === undefined).length < stage.devicesEach) throw new Skip()
    // Any of them may be the one used longest ago: none is expected to be good until it is known which.
    const before = performance.now()
    const candidates = person.devices.filter((one) => one.endingSince === undefined)
    for (const one of candidates) one.endingSince = before
    const made = await signIn(person, stage, 'one more')
    const listed = await stage.http.call(`${stage.url}/sessions`, { headers: bearer(made.accessToken) })
    const live = new Set((JSON.parse(listed.text) as { sessions: { sid: string }[] }).sessions.map(({ sid }) => sid))
    const evicted = candidates.filter((one) => !live.has(one.sid))
    for (const one of candidates) if (live.has(one.sid)) one.endingSince = undefined
    if (evicted.length !== 1) throw new Error(`device limit: ${evicted.length} devices ended instead of one`)
    return { ...(await ends('device limit', evicted, () => operate(stage, { session: evicted[0]?.sid }))), askedLater: true }
  },

  'rights changed': async (person, device, stage) => {
    const before = person.devices.filter((one) => one.endingSince === undefined)
    const done = await endsByCommand('rights changed', everyDevice(person), 'users.roles', { user: person.name, roles: ['editor'] }, stage)
    await refresh(person, device, stage) // one refresh is enough: the session lives on (P6)
    for (const one of before) if (one !== device) await refresh(person, one, stage)
    return done
  },

  'command line: password set': async (person, _, stage) => {
    const next = `${person.password} anew`
    const done = await endsByCommand(
      'command line: password set',
      everyDevice(person),
      'users.password',
      { user: person.name, password: next },
      stage,
    )
    person.password = next
    return done
  },
  'command line: disabled': (person, _, stage) => {
    person.gone = true
    return endsByCommand('command line: disabled', everyDevice(person), 'users.disable', { user: person.name }, stage)
  },
  'command line: deleted': (person, _, stage) => {
    person.gone = true
    return endsByCommand('command line: deleted', everyDevice(person), 'users.remove', { user: person.name }, stage)
  },
}

/** The ending does not fit this person now. */
export class Skip extends Error {}

/** What ends everybody's: at the end of a run, in this order. */
export async function endClient(devices: readonly Device[], stage: Stage): Promise<Done> {
  return ends('operator: client', devices, () => operate(stage, { client: stage.firstParty }))
}

export async function endEverything(devices: readonly Device[], stage: Stage): Promise<Done> {
  return ends('operator: everything', devices, () => operate(stage, { everything: true }))
}
