import { isWithin, type Network, networkOf, readAddress, readNetwork } from '@curfew/verifier/wire'

export { type ProxyOptions, readProxies, type TrustedProxies } from '@curfew/verifier/wire'

/** What one household or one machine has: an address of IPv4, a /64 of IPv6. Callers of whom no address is known are counted together. */
export function networkIn(address: string | undefined): string {
  return networkOf(address, { v4: 32, v6: 64 }) ?? 'unknown'
}

/** What a provider hands to one customer: a /24, a /48. */
export function regionIn(address: string | undefined): string {
  return networkOf(address, { v4: 24, v6: 48 }) ?? 'unknown'
}

const loopback = ['127.0.0.0/8', '::1'].map(network)
/** RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291 §2.5.6. */
const inside = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16', 'fc00::/7', 'fe80::/10'].map(network)

/**
 * An address that may be everybody's: none at all, this machine's, a proxy's own, which says nobody else's; and where no proxy is named one of a
 * private network, since that is where proxies are. Nothing is counted by it: else strangers would lock each other out.
 */
export function maybeEverybody(address: string | undefined, proxies: { readonly networks: readonly Network[] }): boolean {
  const bytes = address === undefined ? undefined : readAddress(address)
  return bytes === undefined || isWithin(bytes, loopback) || isWithin(bytes, proxies.networks.length > 0 ? proxies.networks : inside)
}

function network(text: string): Network {
  return readNetwork(text)!
}
