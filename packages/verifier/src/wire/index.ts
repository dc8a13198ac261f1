export { ACCESS_TOKEN_TYP, type AccessTokenClaims, type ClaimsProblem, readAccessToken } from './access-token.ts'
export { isWithin, type Network, networkOf, type PrefixLength, plainAddress, readAddress, readNetwork } from './address.ts'
export { decodeBase64url, encodeBase64url, isBase64url } from './base64url.ts'
export { callerAddress, type ForwardingHeaders, type ProxyOptions, readProxies, type TrustedProxies } from './caller-address.ts'
export { type Compact, type CompactProblem, MAX_TOKEN_LENGTH, splitCompact } from './compact.ts'
export { derToP1363, p1363ToDer } from './ecdsa.ts'
export { type Cut, type Entry, type Name, readCut, readEntry, readName } from './entry.ts'
export {
  FOLLOW_VERSION,
  type FollowAnswer,
  type FollowRequest,
  MAX_ENTRIES,
  MAX_LEASE,
  type OnLeaseLost,
  type ReleaseRequest,
  readFollowAnswer,
  readFollowRequest,
  readReleaseRequest,
} from './follow.ts'
export { type JsonLimits, type JsonProblem, readJson } from './json.ts'
export { RECEIPT_TYP, type Receipt, type ReceiptVerifiers, readReceipt } from './receipt.ts'
