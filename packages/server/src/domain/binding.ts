import { type AccessTokenClaims, isWithin, networkOf, readAddress, readNetwork } from '@curfew/verifier/wire'

/** A client's rule about network addresses (S2). None: off. */
export interface Binding {
  /** The address itself, or its network: a /24, of IPv6 a /56. */
  readonly to: 'exact' | 'prefix'
  /** What comes from elsewhere is refused; or refused until somebody signed in afresh from there; or only written down. */
  readonly onMismatch: 'refuse' | 'sign_in' | 'record'
  /** Access tokens say where they are good, and each service looks at each request. */
  readonly requests: boolean
}

/** What something is bound to: an address, or a network such as `203.0.113.0/24`; undefined for an address that is not known. */
export function boundTo({ to }: Binding, address: string | undefined): string | undefined {
  return networkOf(address, to === 'exact' ? { v4: 32, v6: 128 } : { v4: 24, v6: 56 })
}

/** Whether what was given at one address may be used at another. What was given where nobody knows fits nowhere. */
export function fits(binding: Binding | undefined, given: string | undefined, used: string | undefined): 'fits' | Binding['onMismatch'] {
  if (binding === undefined) return 'fits'
  const place = boundTo(binding, given)
  return place !== undefined && place === boundTo(binding, used) ? 'fits' : binding.onMismatch
}

/** Whether a token that says where it is good comes from there; one that says nothing is good anywhere. */
export function comesFrom({ cnf }: Pick<AccessTokenClaims, 'cnf'>, address: string | undefined): boolean {
  if (cnf?.address === undefined) return true
  const network = readNetwork(String(cnf.address))
  const bytes = address === undefined ? undefined : readAddress(address)
  return network !== undefined && bytes !== undefined && isWithin(bytes, [network])
}
