import { reasonWords, tokenFacts, tokenHint } from '@curfew/verifier/explain'
import { ago, duration, type Fact, facts, next, type Out } from './print.ts'
import { type ServiceStanding, standingFacts } from './standing-facts.ts'

/** What `inspect` in control/ says of a token. */
export interface TokenAnswer {
  readonly sort: 'unknown' | 'access' | 'refresh'
  readonly active: boolean
  readonly why?: string
  /** The same as a verifier would have it. */
  readonly reason?: string
  readonly head?: number
  /** Those that have the token's audience. */
  readonly services?: readonly ServiceStanding[]
  readonly client?: string
  readonly user?: string
  readonly now?: number
  readonly ended_seq?: number
  readonly ended_by?: 'user' | 'client' | 'everything'
  readonly claims?: {
    readonly aud: string
    readonly client_id: string
    readonly exp: number
    readonly scope?: string
    readonly cnf?: Readonly<Record<string, unknown>>
  }
  readonly session?: { readonly ended_at?: number; readonly ended_why?: string; readonly device?: string }
  readonly grant?: { readonly refreshes: number; readonly expires_at: number; readonly ended_why?: string }
}

/** Why a session or grant ended, in words. */
const endings: Readonly<Record<string, string>> = {
  signed_out: 'signed out',
  replaced: 'somebody else signed in there',
  device_limit: 'too many devices',
  password_changed: 'the password was changed',
  revoked: 'revoked',
  replay: 'an old refresh token was used again',
  code_reuse: 'an authorization code was used twice',
  disabled: 'disabled',
  deleted: 'the account was removed',
  consent_withdrawn: 'the consent was withdrawn',
  admin: 'revoked',
}

/** Tells what a token is and whether it is good. */
export function tellToken(found: TokenAnswer, token: string, out: Out): void {
  if (found.sort === 'unknown') {
    const rows: Fact[] = [
      { what: 'signature', is: 'not ours, or damaged', tone: 'bad' },
      { what: 'rule', is: reasonWords('signature_wrong').rule },
      { what: 'verdict', is: 'refused by every verifier', tone: 'bad' },
      { what: 'to do', is: tokenHint(token) ?? reasonWords('signature_wrong').todo },
    ]
    facts(rows, out)
    next('curfew clients list', out)
    return
  }
  const { claims, grant, active, client, user, now = 0, why = '' } = found
  const who = user ?? 'the client itself'
  const rows: Fact[] = claims
    ? [
        { what: 'signature', is: `good, ${header(token)}` },
        ...tokenFacts(claims, now).slice(0, 1),
        { what: 'user', is: found.session?.device ? `${who}, ${found.session.device}` : who },
        { what: 'scope', is: claims.scope || 'none' },
        ...tokenFacts(claims, now).slice(1),
      ]
    : [
        { what: 'signature', is: 'good' },
        { what: 'token', is: `refresh token of client ${client}` },
        { what: 'user', is: who },
        { what: 'used', is: grant?.refreshes === 1 ? 'once' : `${grant?.refreshes ?? 0} times` },
        ...(grant
          ? [{ what: 'expires', is: grant.expires_at > now ? `in ${duration(grant.expires_at - now)}` : ago(grant.expires_at, now) }]
          : []),
      ]
  const words = reasonWords(active ? 'accepted' : (found.reason ?? why))
  if (!active && why !== 'expired')
    rows.push({ what: why === 'rotated' || why === 'stale' ? 'outdated' : 'revoked', is: reason(found), tone: 'bad' })
  rows.push({ what: 'rule', is: claims ? words.rule : refreshRule(why) })
  if (found.head !== undefined) rows.push({ what: 'ledger', is: `at no. ${found.head}` })
  if (claims) rows.push(...standingFacts(found.services ?? [], active ? undefined : found.ended_seq))
  rows.push(verdict(found))
  if (!active) rows.push({ what: 'to do', is: words.todo })
  facts(rows, out)
  next(user === undefined ? 'curfew clients list' : `curfew who ${user}`, out)
}

/** Expired is expired everywhere; else a service that checks nothing goes on accepting. */
function verdict({ active, why, claims, services = [] }: TokenAnswer): Fact {
  if (active) return { what: 'verdict', is: 'accepted', tone: 'good' }
  const careless = why === 'expired' ? [] : services.filter(({ checks }) => checks === 'none').map(({ service }) => service)
  const except = careless.length > 0 ? `, but not by ${careless.join(', ')}: nothing is checked there` : ''
  return { what: 'verdict', is: `refused${claims ? ` by every verifier${except}` : ' at the next refresh'}`, tone: 'bad' }
}

/** RFC 6749 §6; a rotated one RFC 9700 §4.14.2. */
function refreshRule(why: string): string {
  return why === 'rotated' ? 'RFC 9700 §4.14.2' : why === 'ended' ? 'M2' : 'RFC 6749 §6'
}

function reason(found: TokenAnswer): string {
  const { session, grant, ended_seq, ended_by, now = 0, why = '', user, client } = found
  const when = session?.ended_at === undefined ? [] : [ago(session.ended_at, now)]
  const number = ended_seq === undefined ? [] : [`no. ${ended_seq}`]
  const said = endings[session?.ended_why ?? grant?.ended_why ?? '']
  const cut =
    ended_by && (ended_by === 'everything' ? 'everything was ended' : `all that ${ended_by === 'user' ? user : client} had was ended`)
  const text = cut ?? (said === undefined ? reasonWords(found.reason ?? why).why : user === undefined ? said : `${user}: ${said}`)
  return [[...when, ...number].join(', '), text].filter((part) => part !== '').join(': ')
}

function header(token: string): string {
  const { alg, kid } = JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString('utf8')) as { alg: string; kid: string }
  return `${alg}, key ${kid.slice(0, 4)}`
}
