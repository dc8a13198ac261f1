import { makeTestIssuer, type TestIssuer } from '@curfew/verifier/testing'
import { type AccessTokenClaims, decodeBase64url, p1363ToDer } from '@curfew/verifier/wire'

/** Tokens, and whoever signed them. */
export interface Material {
  readonly issuer: TestIssuer
  readonly tokens: readonly string[]
}

const claims = (): Partial<AccessTokenClaims> => ({
  scope: 'orders:read orders:write',
  exp: Math.floor(Date.now() / 1000) + 3600,
})

/** Signs so many ES256 access tokens. */
export function makeMaterial(count: number): Material {
  const issuer = makeTestIssuer({ lease: 60_000 })
  const tokens = Array.from({ length: count }, () => issuer.token(claims()))
  return { issuer, tokens }
}

/**
 * The headers of one request after another, each a string that nobody has seen before, as one off a socket is; after the last token comes the
 * first. Each contender goes round by itself.
 */
export function headersInTurn(tokens: readonly string[]): () => string {
  const bytes = tokens.map((token) => Buffer.from(`Bearer ${token}`, 'latin1'))
  let next = 0
  return () => {
    const header = bytes[next]!.toString('latin1')
    next = next + 1 === bytes.length ? 0 : next + 1
    return header
  }
}

/** What is signed, and the signature in DER, which OpenSSL speaks. */
export function signedParts(token: string): { input: Uint8Array; der: Uint8Array } {
  const dot = token.lastIndexOf('.')
  const raw = decodeBase64url(token.slice(dot + 1))
  const der = raw && p1363ToDer(raw)
  if (!der) throw new Error('A token of ours has no ES256 signature.')
  return { input: Buffer.from(token.slice(0, dot), 'latin1'), der }
}
