import { isWithin, type Network, plainAddress, readAddress, readNetwork } from './address.ts'

/** Proxies whose word about the caller's address is taken: their addresses, and the one header that they write. */
export type TrustedProxies = { readonly networks: readonly Network[]; readonly header: 'x-forwarded-for' | 'forwarded' }

/** How they are written in options: addresses and networks, or those with the header, X-Forwarded-For if it is not said. */
export type ProxyOptions = readonly string[] | { readonly from: readonly string[]; readonly header?: 'x-forwarded-for' | 'forwarded' }

/** Headers by their names in small letters, as they came. */
export type ForwardingHeaders = { readonly [name: string]: string | readonly string[] | undefined }

/** Reads the option; the sentence says what is wrong with it. A network of everybody is refused: then any caller could say who it is. */
export function readProxies(given: ProxyOptions | undefined): TrustedProxies | { readonly problem: string } {
  const { from, header = 'x-forwarded-for' } = given === undefined || isList(given) ? { from: given ?? [] } : given
  if (header !== 'x-forwarded-for' && header !== 'forwarded') return { problem: 'header is x-forwarded-for or forwarded' }
  const networks: Network[] = []
  for (const text of from) {
    const network = typeof text === 'string' ? readNetwork(text) : undefined
    if (network === undefined) return { problem: `${JSON.stringify(text)} is no address and no network such as 10.0.0.0/8` }
    if (network.length === 0) return { problem: `${JSON.stringify(text)} is everybody: name the proxies` }
    networks.push(network)
  }
  return { networks, header }
}

/**
 * Who is calling: the socket's address, or behind a trusted proxy what it says, read from the right to the first address that is no proxy's
 * (LG-6). What a caller wrote itself stands left of that, and is never reached. Undefined where it cannot be said.
 */
export function callerAddress(socket: string | undefined, headers: ForwardingHeaders, trusted: TrustedProxies): string | undefined {
  const here = plainAddress(socket)
  const isProxy = (address: string) => isWithin(readAddress(address)!, trusted.networks)
  if (here === undefined || trusted.networks.length === 0 || !isProxy(here)) return here
  const value = headers[trusted.header]
  const text = typeof value === 'string' ? value : value?.join(',')
  if (text === undefined || text === '') return here
  const hops = trusted.header === 'forwarded' ? forwardedFor(text) : text.split(',')
  let caller: string | undefined = here
  for (const hop of hops.reverse()) {
    caller = plainAddress(withoutPort(hop.trim()))
    if (caller === undefined || !isProxy(caller)) break
  }
  return caller
}

/** RFC 7239 §4: one element a hop, in which `for` says for whom. A hop that does not say is one that cannot be said. */
function forwardedFor(text: string): string[] {
  const elements = text.match(/(?:"(?:[^"\\]|\\.)*"|[^",])+/g) ?? []
  return elements.map((element) => {
    const [, quoted, plain] = /(?:^|;)\s*for\s*=\s*(?:"([^"]*)"|([^;"\s]*))/i.exec(element) ?? []
    return quoted ?? plain ?? ''
  })
}

/** `203.0.113.7:5000`, `[2001:db8::1]:5000` and `[2001:db8::1]` name a port, or may. RFC 7239 §6. */
function withoutPort(text: string): string {
  return /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text
}

function isList(given: ProxyOptions): given is readonly string[] {
  return Array.isArray(given)
}
