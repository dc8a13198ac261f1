import { type AccessTokenClaims, isWithin, readAddress, readNetwork } from '../wire/index.ts'

/**
 * A token that is bound to a key is no bearer token: without the proof that RFC 9449 §7.1 or RFC 8705 §3 ask for, it is refused, whatever
 * the members of `cnf` are. Proofs are not checked by this version, so no such token is accepted. One that is bound to a network address, and
 * to nothing else, is: each request is looked at (`checkAddress`).
 */
export function checkBinding({ cnf }: AccessTokenClaims): 'cnf_unproved' | undefined {
  if (cnf === undefined) return undefined
  const names = Object.keys(cnf)
  return names.length === 1 && names[0] === 'address' && typeof cnf.address === 'string' ? undefined : 'cnf_unproved'
}

/** Whether a token that is bound to a network comes from there (contract §3). Where nobody knows from where it comes, it does not. */
export function checkAddress({ cnf }: AccessTokenClaims, address: string | undefined): 'address_wrong' | undefined {
  if (cnf === undefined) return undefined
  const network = readNetwork(String(cnf.address))
  const bytes = address === undefined ? undefined : readAddress(address)
  return network !== undefined && bytes !== undefined && isWithin(bytes, [network]) ? undefined : 'address_wrong'
}
