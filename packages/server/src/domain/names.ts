/** Session id: 16 random bytes, 22 base64url characters. So are the other ids here, but for `Subject` and `ClientId`. */
export type SessionId = string
/** Grant id. */
export type GrantId = string
/** Access token id, the claim `jti`. */
export type TokenId = string
/** What the ledger names a user by, the claim `usr`. Ours; never shown to people. */
export type UserId = string
/** What the application knows a user by, the claim `sub`. Opaque to us. */
export type Subject = string
/** OAuth client id, as registered. */
export type ClientId = string
/** Service id, as registered. */
export type ServiceId = string
/** SHA-256 of a secret, base64url: what is stored instead of it. */
export type Hash = string
