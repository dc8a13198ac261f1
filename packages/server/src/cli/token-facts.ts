import { ago, duration, type Fact, facts, next, type Out } from './print.ts'

/** What `inspect` in control/ says of a token. */
export interface TokenAnswer {
  readonly sort: 'unknown' | 'access' | 'refresh'
  readonly active?: boolean
  readonly why?: string
  readonly client?: string
  readonly user?: string
  readonly now?: number
  readonly claims?: {
    readonly aud: string
    readonly exp: number
    readonly iat: number
    readonly scope?: string
    readonly pos: number
    readonly seq: number
  }
  readonly session?: { readonly ended_at?: number; readonly ended_seq?: number; readonly ended_why?: string }
  readonly grant?: {
    readonly gid: string
    readonly refreshes: number
    readonly expires_at: number
    readonly ended_seq?: number
    readonly ended_why?: string
  }
}

const reasons: Readonly<Record<string, string>> = {
  session_ended: 'the session was signed out',
  grant_ended: 'the grant was ended',
  token_ended: 'this token was revoked',
  cut: 'everything of its user, its client or everybody was ended',
  stale: 'rights changed since; one refresh is enough',
  expired: 'it expired',
  disabled: 'its user is disabled',
  unknown: 'its session, grant, user or client is not there any more',
  ended: 'its grant or session was ended',
  rotated: 'a newer one of the same grant is out',
}

/** Tells what a token is and whether it is good. Exit code 0: good, 1: refused. */
export function tellToken(found: TokenAnswer, token: string, out: Out): number {
  if (out.json) {
    out.write(`${JSON.stringify(found)}\n`)
    return found.active ? 0 : 1
  }
  if (found.sort === 'unknown') {
    facts(
      [
        { what: 'signature', is: 'not ours, or damaged', tone: 'bad' },
        { what: 'verdict', is: 'refused by every verifier', tone: 'bad' },
      ],
      out,
    )
    next('curfew verifiers', out)
    return 1
  }
  const now = found.now ?? 0
  const who = found.user ?? 'the client itself'
  const rows: Fact[] = found.claims
    ? [
        { what: 'signature', is: `good, ${header(token)}` },
        { what: 'token', is: `at+jwt for ${found.claims.aud}, client ${found.client}` },
        { what: 'user', is: who },
        { what: 'scope', is: found.claims.scope || 'none' },
        { what: 'expires', is: found.claims.exp > now ? `in ${duration(found.claims.exp - now)}` : ago(found.claims.exp, now) },
      ]
    : [
        { what: 'mac', is: 'good' },
        { what: 'token', is: `refresh token, client ${found.client}` },
        { what: 'user', is: who },
        { what: 'used', is: `${found.grant?.refreshes ?? 0} times` },
      ]
  const ended =
    found.session?.ended_seq === undefined
      ? undefined
      : `${found.session.ended_at === undefined ? '' : `${ago(found.session.ended_at, now)}, `}no. ${found.session.ended_seq}`
  if (!found.active)
    rows.push({ what: 'revoked', is: [ended, reasons[found.why ?? ''] ?? found.why].filter(Boolean).join(': '), tone: 'bad' })
  rows.push(
    found.active ? { what: 'verdict', is: 'accepted', tone: 'good' } : { what: 'verdict', is: 'refused by every verifier', tone: 'bad' },
  )
  facts(rows, out)
  next(found.user === undefined ? 'curfew verifiers' : `curfew who ${found.user}`, out)
  return found.active ? 0 : 1
}

function header(token: string): string {
  const { alg, kid } = JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString('utf8')) as { alg: string; kid: string }
  return `${alg}, key ${kid.slice(0, 4)}`
}
