import { type RefusalReason, ruleOf, type UnavailableReason } from '../reasons.ts'

/** What a person is told about a reason: the rule behind it, what is so, and what to do. The verifier and the command line say the same. */
export type ReasonWords = { readonly rule: string; readonly why: string; readonly todo: string }

const signInAgain = 'sign in again there'
const lookAtIssuer = 'curfew verifiers says whether this service is heard, and its own log why not'
const newOne = 'get a new one from the issuer'
const damaged = 'it was cut off, or changed on the way: look at what copies it'

type Words = readonly [why: string, todo: string]

/** Those that are made up of others have words made up of others. */
type Plain = Exclude<RefusalReason | UnavailableReason, `${string}_malformed` | `header_${string}` | `payload_${string}`>

const words: Readonly<Record<Plain, Words> & Record<string, Words>> = {
  no_token: ['there is no access token', 'send it: Authorization: Bearer …'],
  scheme_wrong: ['the Authorization header has another scheme', 'send it as Authorization: Bearer …'],
  too_large: ['it is longer than any token may be', 'put less into its claims'],
  not_three_parts: ['it is no JWT of three parts', damaged],
  not_base64url: ['it has characters that no JWT has', damaged],
  crit_refused: ['its header demands an extension', newOne],
  b64_refused: ['its header demands an extension', newOne],
  alg_unknown: ['it is signed in a way that is never taken', newOne],
  alg_not_of_key: ['its algorithm is not that of the key that it names', newOne],
  kid_malformed: ['it names no key', newOne],
  kid_unknown: ['no key of the issuer has made it', 'is it of this issuer? Keys of before a restored backup are gone: then sign in again'],
  typ_malformed: ['it does not say what it is', 'send the access token'],
  typ_wrong: ['it is another kind of token', 'send the access token, not the ID token or another one'],
  signature_wrong: ['its signature does not fit', damaged],
  iss_wrong: ['it is of another issuer', 'CURFEW_ISSUER must be, to the letter, what tokens say'],
  aud_wrong: ['it is for another service', 'ask for one with this audience (resource=…), or set CURFEW_AUDIENCE right'],
  cnf_unproved: ['it is bound to a key, and comes without the proof', 'ask for one that is not bound'],
  address_wrong: [
    'it is bound to the network that it was issued to, and comes from elsewhere',
    'refresh it there: see what the client does then; behind a proxy, name the proxy',
  ],
  session_ended: ['its session was ended', signInAgain],
  grant_ended: ['its grant was ended', 'the client must ask the user again'],
  token_ended: ['this one token was ended', 'refresh: the session lives on'],
  key_ended: ['the key that signed it was withdrawn', 'refresh: the next one has another key'],
  user_cut: ['all that its user had was ended', 'sign in again'],
  client_cut: ['all that its client had was ended', 'the client must begin anew'],
  everything_cut: ['everything was ended', 'sign in again: everybody has to'],
  user_stale: ["its user's rights changed since", "refresh once: the next one has today's"],
  client_stale: ["its client's rights changed since", "refresh once: the next one has today's"],
  everything_stale: ["everybody's rights changed since", "refresh once: the next one has today's"],
  before_horizon: ['it is over', 'refresh it'],
  expired: ['it is over', 'refresh it; if it is young, look at the clock of this machine'],
  not_yet_valid: ['it is not good yet', 'look at the clocks of this machine and of the issuer'],
  inactive_at_issuer: ['the issuer says that it is over', 'curfew inspect says why'],
  scope_missing: [
    'it lacks a scope that is needed',
    'at the issuer, add it to the scopes of the client, which must ask for it; for sign-ins of your own pages and apps: session.scopes',
  ],
  role_missing: ['its user has not the role', 'curfew users roles gives it; one refresh brings it'],
  user_missing: ["it is a client's own, and a user is needed", 'sign a user in'],
  authentication_too_old: ['its user signed in too long ago', 'sign in once more (max_age, or prompt=login)'],
  no_lease: ['this service has no lease, so it decides nothing on its own', lookAtIssuer],
  no_keys: ["the issuer's keys are not here", lookAtIssuer],
  closed: ['this verifier was closed', 'the service is stopping: ask another process of it'],
  issuer_slow: ['there is no lease, and the issuer did not answer in time', lookAtIssuer],
  issuer_failed: [
    'there is no lease, and the issuer does not answer as it should',
    `${lookAtIssuer}. After a 401 its key is not good: curfew services key makes a new one`,
  ],
  too_many_questions: ['there is no lease, and too many ask the issuer at once', lookAtIssuer],
  // Only the issuer knows these: what its database has.
  disabled: ['its user or its client is disabled', 'curfew users enable lets a user in again'],
  unknown: ['its session, grant, user or client is not there any more', 'sign in again'],
  ended: ['its session or grant was ended', 'sign in again'],
  rotated: ['a newer one of the same grant is out', 'use the newest; this one, used again, ends the grant'],
  accepted: ['nothing speaks against it', 'nothing'],
}

/** Words for a reason that a verifier, or the issuer, has. */
export function reasonWords(reason: string): ReasonWords {
  const rule = reason === 'accepted' ? 'V1' : ruleOf(reason)
  const known = Object.hasOwn(words, reason) ? words[reason] : undefined
  if (known) return { rule, why: known[0], todo: known[1] }
  if (/^(?:header|payload)_/.test(reason)) return { rule, why: `its ${reason.split('_', 1)[0]} is no good JSON`, todo: newOne }
  if (reason.endsWith('_malformed')) return { rule, why: `its claim ${reason.slice(0, -10)} is missing, or no good one`, todo: newOne }
  return { rule, why: reason.replaceAll('_', ' ').trim(), todo: newOne }
}
