import type { Silence } from './asking.ts'
import type { Death } from './decide.ts'
import type { JwsProblem } from './jws/index.ts'
import type { ClaimsProblem } from './wire/index.ts'

/** Why a request without a good token was refused: for the log, never for the caller. */
export type TokenReason =
  | 'no_token'
  | 'scheme_wrong'
  | JwsProblem
  | ClaimsProblem
  | 'iss_wrong'
  | 'aud_wrong'
  | 'cnf_unproved'
  | 'address_wrong'
  | Death
  | 'inactive_at_issuer'

/** What a good token lacks. */
export type RightsReason = 'scope_missing' | 'role_missing' | 'user_missing' | 'authentication_too_old'

/** Why a request was refused. */
export type RefusalReason = TokenReason | RightsReason

/** Why nothing could be said about a token. */
export type UnavailableReason = 'no_lease' | 'no_keys' | 'closed' | Silence

const rules: Record<string, string> = {
  no_token: 'RFC 6750 §2.1',
  scheme_wrong: 'RFC 6750 §2.1',
  too_large: 'RFC 7515 §7.1 (16 KB at most)',
  typ_wrong: 'RFC 9068 §4',
  iss_wrong: 'RFC 9068 §4',
  aud_wrong: 'RFC 9068 §4',
  crit_refused: 'RFC 7515 §4.1.11',
  b64_refused: 'RFC 7797 §3',
  alg_unknown: 'RFC 8725 §3.1',
  alg_not_of_key: 'RFC 8725 §3.1',
  kid_unknown: 'RFC 8725 §3.10',
  signature_wrong: 'RFC 7515 §5.2',
  cnf_unproved: 'RFC 9449 §7.1',
  address_wrong: 'contract §2 (address binding)',
  before_horizon: 'E3',
  expired: 'RFC 7519 §4.1.4',
  not_yet_valid: 'RFC 7519 §4.1.5',
  inactive_at_issuer: 'V5',
  scope_missing: 'RFC 6750 §3.1',
  role_missing: 'RFC 6750 §3.1',
  user_missing: 'RFC 9700 §4.15',
  authentication_too_old: 'RFC 9470 §3',
  no_lease: 'V10',
  closed: 'V7',
  issuer_slow: 'V5',
  issuer_failed: 'V5',
  too_many_questions: 'V5',
  no_keys: 'RFC 9068 §4',
}

/** The rule of the protocol, or the section, behind a reason. */
export function ruleOf(reason: string): string {
  if (/_(?:ended|cut|stale)$/.test(reason)) return 'Covered'
  if (Object.hasOwn(rules, reason)) return rules[reason] as string
  return reason.startsWith('header_') || reason.startsWith('payload_') ? 'RFC 7515 §5.2' : 'RFC 9068 §2.2'
}
