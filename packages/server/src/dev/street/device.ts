import type { Tokens } from './issuer-client.ts'
import type { DeviceId, DeviceState, WindowState } from './street-state.ts'

/** A user agent: the browser that looks at the page (through its OAuth tokens), or one that this server plays. */
export type Device = {
  id: DeviceId
  name: string
  here: boolean
  state: DeviceState['state']
  /** Kept after the sign-out: calling on with them is how one sees that they are refused. */
  tokens?: Tokens
  /** When it was signed in, or its sign-out was clicked; monotonic. */
  since: number
  outMs?: number
  /** What each service last said to it. */
  windows: Map<string, Extract<WindowState, { is: 'lit' | 'dark' | 'silent' }>>
  /** A renewal is under way. */
  renewing: boolean
}

/** The three storeys of the street, before anybody is in. */
export function makeDevices(): Device[] {
  const blank = { state: 'never' as const, since: 0, renewing: false }
  return [
    { ...blank, id: 'laptop', name: 'Laptop', here: true, windows: new Map() },
    { ...blank, id: 'phone', name: 'Phone', here: false, windows: new Map() },
    { ...blank, id: 'tablet', name: 'Tablet', here: false, windows: new Map() },
  ]
}

/** It was signed in, now. */
export function signedIn(device: Device, tokens: Tokens, now: number): void {
  Object.assign(device, { state: 'in', tokens, since: now, outMs: undefined, windows: new Map() })
}

/** Notes what a service said. A window that is dark with its milliseconds keeps them. */
export function noteWindow(device: Device, service: string, judged: 'accepted' | 'refused' | 'silent', ms?: number): void {
  if (judged === 'accepted') device.windows.set(service, { is: 'lit' })
  else if (judged === 'silent') device.windows.set(service, { is: 'silent' })
  else if (ms !== undefined) device.windows.set(service, { is: 'dark', ms })
  else if (device.windows.get(service)?.is !== 'dark') device.windows.set(service, { is: 'dark' })
}
