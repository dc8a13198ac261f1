import type { Instant } from '../../domain/instant.ts'

/** The kinds of device that the street has a storey for, from the top. */
export type DeviceId = 'laptop' | 'phone' | 'tablet'

/** What a service says to a device's calls, as it was last seen. */
export type WindowState =
  | { is: 'lit' }
  /** Refused; `ms` after the click, where this page asked for it. */
  | { is: 'dark'; ms?: number }
  /** Signed out, and the service has not said that it knows; at the latest in `latestMs`. */
  | { is: 'asking'; latestMs?: number }
  /** The service does not answer at all. */
  | { is: 'silent' }
  | { is: 'none' }

/** `leaving`: its sign-out is under way. `never`: it was not signed in yet. */
export type DeviceState = {
  id: DeviceId
  name: string
  state: 'in' | 'leaving' | 'out' | 'never'
  /** The browser that looks at the page. */
  here: boolean
  inForMs?: number
  /** From the click to the confirmed answer. */
  outMs?: number
}

/** A service process: a house. */
export type ServiceState = {
  name: string
  /** The framework that it is written with. */
  kind: string
  port: number
  answered: number
  refused: number
  /** What is left of its lease; undefined while it does not say. */
  leaseMs?: number
  position?: number
  silent: boolean
  /** One a device, in the order of the devices. */
  windows: readonly WindowState[]
}

/** What a receipt says, read from the signed one. */
export type ReceiptState = {
  seq: number
  /** "phone", "every device" */
  what: string
  at: Instant
  outcome: 'confirmed' | 'pending'
  tookMs?: number
  latestInMs?: number
  verifiers: readonly { name: string; acknowledged: number; gone: number; leaseOver: number; waiting: number; slowestMs?: number }[]
  uncovered: readonly { aud: string; until: Instant }[]
  kept: readonly string[]
  /** The algorithm, if the issuer's signature was checked and is good. */
  signedWith?: string
}

/** What happened last: the page says it first. */
export type News =
  | { kind: 'nothing' }
  /** `outcome`: what the issuer answered; not yet, while it is waited for. */
  | { kind: 'signedOut'; devices: readonly DeviceId[]; everywhere: boolean; outcome?: 'pending' | 'confirmed'; outMs?: number }
  /** A sign-out was sent, and no answer came: look.md, voice 8. */
  | { kind: 'noAnswer' }
  | { kind: 'notSignedIn'; why: string }
  /** Somebody else ended it: the command line, another page. */
  | { kind: 'endedElsewhere'; devices: readonly DeviceId[] }

/** Everything that the page shows. */
export type StreetState = {
  /** Host of the issuer. */
  issuer: string
  /** Host of this page. */
  here: string
  person?: string
  issuerAway: boolean
  devices: readonly DeviceState[]
  services: readonly ServiceState[]
  news: News
  receipt?: ReceiptState
}
