import { networkOf } from '@curfew/verifier/wire'

export { type ProxyOptions, readProxies, type TrustedProxies } from '@curfew/verifier/wire'

/** What one household or one machine has: an address of IPv4, a /64 of IPv6. Callers of whom no address is known are counted together. */
export function networkIn(address: string | undefined): string {
  return networkOf(address, { v4: 32, v6: 64 }) ?? 'unknown'
}

/** What a provider hands to one customer: a /24, a /48. */
export function regionIn(address: string | undefined): string {
  return networkOf(address, { v4: 24, v6: 48 }) ?? 'unknown'
}

/** This machine: its developer, or a proxy that was not named, and then it is everybody. */
export function isHere(address: string | undefined): boolean {
  return address === '::1' || /^127\./.test(address ?? '')
}
