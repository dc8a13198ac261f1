import { checkJws, type JwsProblem } from '../jws/index.ts'
import type { KeySet } from '../key-set.ts'
import { ACCESS_TOKEN_TYP } from '../wire/index.ts'

/** Checks form, header and signature of an access token against the keys that are here. RFC 9068 §4. */
export function checkSignature(
  token: string,
  keys: Pick<KeySet, 'find'>,
): { kid: string; payload: Record<string, unknown> } | { problem: JwsProblem } {
  const checked = checkJws(token, ({ kid }) => keys.find(kid), { typ: ACCESS_TOKEN_TYP })
  return 'problem' in checked ? checked : { kid: checked.header.kid, payload: checked.claims }
}
