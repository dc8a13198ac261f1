import { ago, duration, type Fact, facts, next, type Out } from './print.ts'

/** What `inspect` in control/ says of a token. */
export interface TokenAnswer {
  readonly sort: 'unknown' | 'access' | 'refresh'
  readonly active: boolean
  readonly why?: string
  readonly client?: string
  readonly user?: string
  readonly now?: number
  readonly ended_seq?: number
  readonly ended_by?: 'user' | 'client' | 'everything'
  readonly claims?: {
    readonly aud: string
    readonly exp: number
    readonly scope?: string
  }
  readonly session?: { readonly ended_at?: number; readonly ended_why?: string; readonly device?: string }
  readonly grant?: { readonly refreshes: number; readonly expires_at: number; readonly ended_why?: string }
}

/** Why a token is not good, after the colon. */
const reasons: Readonly<Record<string, string>> = {
  session_ended: 'its session was ended',
  grant_ended: 'its grant was ended',
  token_ended: 'this one token was ended',
  cut: 'everything was ended',
  stale: 'its rights changed since; one refresh gets today’s',
  expired: 'it is over',
  disabled: 'its user or its client is disabled',
  unknown: 'its session, grant, user or client is not there any more',
  ended: 'its session or grant was ended',
  rotated: 'a newer one of the same grant is out',
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
      { what: 'verdict', is: 'refused by every verifier', tone: 'bad' },
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
        { what: 'token', is: `at+jwt for ${claims.aud}, client ${client}` },
        { what: 'user', is: found.session?.device ? `${who}, ${found.session.device}` : who },
        { what: 'scope', is: claims.scope || 'none' },
        { what: 'expires', is: claims.exp > now ? `in ${duration(claims.exp - now)}` : ago(claims.exp, now) },
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
  if (!active && why !== 'expired')
    rows.push({ what: why === 'rotated' || why === 'stale' ? 'outdated' : 'revoked', is: reason(found), tone: 'bad' })
  const by = claims ? ' by every verifier' : ' at the next refresh'
  rows.push(active ? { what: 'verdict', is: 'accepted', tone: 'good' } : { what: 'verdict', is: `refused${by}`, tone: 'bad' })
  facts(rows, out)
  next(user === undefined ? 'curfew clients list' : `curfew who ${user}`, out)
}

function reason(found: TokenAnswer): string {
  const { session, grant, ended_seq, ended_by, now = 0, why = '', user, client } = found
  const when = session?.ended_at === undefined ? [] : [ago(session.ended_at, now)]
  const number = ended_seq === undefined ? [] : [`no. ${ended_seq}`]
  const said = endings[session?.ended_why ?? grant?.ended_why ?? '']
  const cut =
    ended_by && (ended_by === 'everything' ? 'everything was ended' : `all that ${ended_by === 'user' ? user : client} had was ended`)
  const text = cut ?? (said === undefined ? (reasons[why] ?? why) : user === undefined ? said : `${user}: ${said}`)
  return [[...when, ...number].join(', '), text].filter((part) => part !== '').join(': ')
}

function header(token: string): string {
  const { alg, kid } = JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString('utf8')) as { alg: string; kid: string }
  return `${alg}, key ${kid.slice(0, 4)}`
}
