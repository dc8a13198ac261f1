import { later, type Seconds } from '../domain/instant.ts'
import { normaliseIdentifier } from '../domain/password-policy.ts'
import type { Services } from './needs.ts'
import { randomId } from './random-id.ts'

type Needs = Pick<Services, 'sealer' | 'world' | 'limiter'>

/** Browsers keep a cookie for so long (RFC 6265bis §5.5), and it is renewed with each sign-in. */
const deviceLifetime: Seconds = 400 * 86_400

/** Who signed in on it lately; what a household shares. */
const most = 5
/** Longer is none of ours. */
const longest = 1024
const label = 'known device'

interface Device {
  readonly id: string
  /** Hashed: what is in a browser tells nobody who used it. */
  readonly names: readonly string[]
}

/**
 * The device that says it was signed in with this name before. It proves nothing but that: its tries are counted by themselves, so that nobody
 * who floods the name from elsewhere keeps its owner out (LG-2).
 */
export function knownDevice(presented: string | undefined, identifier: string, needs: Needs): string | undefined {
  const device = open(presented, needs)
  return device?.names.includes(nameOf(identifier, needs)) ? device.id : undefined
}

/** What a device shows from now on: that this name was signed in with on it, beside those it knew. Undefined where nothing is counted. */
export function rememberDevice(presented: string | undefined, identifier: string, needs: Needs): string | undefined {
  if (!needs.limiter.isOn) return undefined
  const known = open(presented, needs)
  const name = nameOf(identifier, needs)
  const names = [name, ...(known?.names.filter((one) => one !== name) ?? [])].slice(0, most)
  return needs.sealer.seal(label, { id: known?.id ?? randomId(needs.world), names }, later(needs.world.wall(), deviceLifetime))
}

function open(presented: string | undefined, { sealer, world }: Needs): Device | undefined {
  if (presented === undefined || presented.length > longest) return undefined
  return sealer.open(label, presented, world.wall()) as Device | undefined
}

function nameOf(identifier: string, { limiter }: Needs): string {
  return limiter.nameOf(normaliseIdentifier(identifier) ?? '')
}
