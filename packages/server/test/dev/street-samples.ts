import type { DeviceId, DeviceState, ReceiptState, ServiceState, StreetState, WindowState } from '../../src/dev/street/street-state.ts'

export const at = Date.UTC(2026, 10, 24, 21, 0, 7, 318)
const ids: DeviceId[] = ['laptop', 'phone', 'tablet']
const took = { orders: 2.6, billing: 2.9, inbox: 3.8 }
type Name = keyof typeof took

/** Three devices, as they stand. */
export function devices(states: DeviceState['state'][], outMs?: number): DeviceState[] {
  return ids.map((id, index) => ({
    id,
    name: id.charAt(0).toUpperCase() + id.slice(1),
    state: states[index] ?? 'never',
    here: id === 'laptop',
    inForMs: 125_000,
    ...(states[index] === 'out' && outMs !== undefined && { outMs }),
  }))
}

/** Three services, with a window for each device. */
export function services(window: (service: Name, device: DeviceId) => WindowState, changes: Partial<ServiceState> = {}): ServiceState[] {
  const kinds = { orders: 'Express', billing: 'Fastify', inbox: 'Hono' }
  return (Object.keys(kinds) as Name[]).map((name, index) => ({
    name,
    kind: kinds[name],
    port: 4102 + index,
    answered: 1204 - 3 * index,
    refused: 37 - index,
    leaseMs: 4600 - 200 * index,
    position: 1042,
    silent: false,
    windows: ids.map((device) => window(name, device)),
    ...changes,
  }))
}

const dark = (service: Name): WindowState => ({ is: 'dark', ms: took[service] })

export const receipt: ReceiptState = {
  seq: 1042,
  what: 'phone',
  at,
  outcome: 'confirmed',
  tookMs: 4.1,
  verifiers: (Object.keys(took) as Name[]).map((name) => ({
    name,
    acknowledged: 1,
    gone: 0,
    leaseOver: 0,
    waiting: 0,
    slowestMs: took[name],
  })),
  uncovered: [],
  kept: [],
  signedWith: 'ES256',
}

const base = { issuer: 'localhost:4100', here: '127.0.0.1:4101', person: 'Ada Lovelace', issuerAway: false }
const allIn = {
  ...base,
  devices: devices(['in', 'in', 'in']),
  services: services(() => ({ is: 'lit' })),
  news: { kind: 'nothing' as const },
}
const { person: _, ...stranger } = base

/** Every state that the page has. */
export const states: Record<string, StreetState> = {
  allIn,
  oneIn: {
    ...allIn,
    devices: devices(['in', 'never', 'never']),
    services: services((_, device) => ({ is: device === 'laptop' ? 'lit' : 'none' })),
  },
  oneOut: {
    ...allIn,
    devices: devices(['in', 'out', 'in'], 4.1),
    services: services((service, device) => (device === 'phone' ? dark(service) : { is: 'lit' })),
    news: { kind: 'signedOut', devices: ['phone'], everywhere: false, outcome: 'confirmed', outMs: 4.1 },
    receipt,
  },
  everywhere: {
    ...allIn,
    devices: devices(['out', 'out', 'out'], 4.1),
    services: services(dark),
    news: { kind: 'signedOut', devices: ids, everywhere: true, outcome: 'confirmed', outMs: 4.1 },
    receipt: { ...receipt, what: 'every device' },
  },
  oneSilent: {
    ...allIn,
    devices: devices(['in', 'leaving', 'in']),
    services: services((service, device) =>
      device !== 'phone'
        ? { is: service === 'inbox' ? 'silent' : 'lit' }
        : service === 'inbox'
          ? { is: 'asking', latestMs: 3200 }
          : dark(service),
    ).map((service) => (service.name === 'inbox' ? { ...service, silent: true, leaseMs: 3100 } : service)),
    news: { kind: 'signedOut', devices: ['phone'], everywhere: false, outcome: 'pending' },
    receipt: {
      ...receipt,
      outcome: 'pending',
      latestInMs: 3400,
      verifiers: receipt.verifiers.map((row) =>
        row.name === 'inbox' ? { name: 'inbox', acknowledged: 0, gone: 0, leaseOver: 0, waiting: 1 } : row,
      ),
    },
  },
  nobody: {
    ...stranger,
    devices: devices(['never', 'never', 'never']),
    services: services(() => ({ is: 'none' })),
    news: { kind: 'nothing' },
  },
  loading: {
    ...stranger,
    devices: devices(['never', 'never', 'never']),
    services: services(() => ({ is: 'none' })).map(({ leaseMs: _, position: __, ...service }) => ({ ...service, answered: 0, refused: 0 })),
    news: { kind: 'nothing' },
  },
  issuerAway: { ...allIn, issuerAway: true, services: services(() => ({ is: 'lit' }), { leaseMs: 3800 }) },
  noAnswer: { ...allIn, news: { kind: 'noAnswer' } },
}
