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
  let caller: string | undefined = here
  for (const hop of trusted.header === 'forwarded' ? forwardedFor(text) : text.split(',').reverse()) {
    caller = plainAddress(withoutPort(hop.trim()))
    if (caller === undefined || !isProxy(caller)) break
  }
  return caller
}

/** RFC 7239 §4: a parameter of an element, and what stands behind it. Some write addresses without the quotes that belong around them. */
const parameter = /\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*))\s*(?:;|$)/y
/** In quotes there may be commas, but not many: what never becomes an element is a caller's. */
const mostPieces = 8

/**
 * RFC 7239 §4: one element a hop, from the last to the first, and for whom each is. Read from the right, so that a quote which a caller left open
 * takes in nothing that a proxy wrote behind it. A hop that does not say for whom is one that cannot be said.
 */
function* forwardedFor(text: string): Generator<string> {
  const pieces = text.split(',')
  while (pieces.length > 0) {
    let element = pieces.pop()!
    let said = forWhom(element)
    for (let more = 1; said === undefined && pieces.length > 0 && more < mostPieces; more += 1) {
      element = `${pieces.pop()},${element}`
      said = forWhom(element)
    }
    yield said ?? ''
  }
}

/** What `for` says in an element; empty where it is not there, undefined where this is no element. */
function forWhom(element: string): string | undefined {
  let said = ''
  for (parameter.lastIndex = 0; parameter.lastIndex < element.length; ) {
    const match = parameter.exec(element)
    if (match === null) return undefined
    if (match[1]!.toLowerCase() === 'for') said = match[2] ?? match[3] ?? ''
  }
  return said
}

/** `203.0.113.7:5000`, `[2001:db8::1]:5000` and `[2001:db8::1]` name a port, or may. RFC 7239 §6. */
function withoutPort(text: string): string {
  return /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text
}

function isList(given: ProxyOptions): given is readonly string[] {
  return Array.isArray(given)
}
