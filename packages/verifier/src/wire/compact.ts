import { isBase64url } from './base64url.ts'

/** The longest token that is looked at, in characters (JV-12): longer ones are refused before anything is read. */
export const MAX_TOKEN_LENGTH = 16_384

/** A token's three parts as they were sent, and what the signature is over (`header.payload`). */
export type Compact = { header: string; payload: string; signature: string; signed: string }

/** Why a text is not a compact JWS. */
export type CompactProblem = 'too_large' | 'not_three_parts' | 'not_base64url'

/** Splits a token in compact form: three parts (five would be a JWE), each strict base64url and not empty. RFC 7515 §7.1. */
export function splitCompact(token: string): Compact | { problem: CompactProblem } {
  if (token.length > MAX_TOKEN_LENGTH) return { problem: 'too_large' }
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  // RFC 7515 §5.2: exactly two periods. An empty part is a header, payload or signature that is missing.
  if (first < 1 || second < first + 2 || second === token.length - 1 || token.includes('.', second + 1))
    return { problem: 'not_three_parts' }
  const header = token.slice(0, first)
  const payload = token.slice(first + 1, second)
  const signature = token.slice(second + 1)
  if (!isBase64url(header) || !isBase64url(payload) || !isBase64url(signature)) return { problem: 'not_base64url' }
  return { header, payload, signature, signed: token.slice(0, second) }
}
