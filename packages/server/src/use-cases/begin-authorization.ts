import {
  type AuthorizationRequest,
  codeLocation,
  type Parameters,
  type Refusal,
  readAuthorizationRequest,
  refusalLocation,
} from '../domain/authorization-request.ts'
import { nextStep } from '../domain/authorization-step.ts'
import type { Client } from '../domain/client.ts'
import type { Seconds } from '../domain/instant.ts'
import type { At, Position } from '../domain/position.ts'
import { isRegisteredRedirect, redirectHost } from '../domain/redirect-uri.ts'
import type { Session } from '../domain/session.ts'
import type { User } from '../domain/user.ts'
import type { Rows } from '../store/store.ts'
import { hashSecret } from './hash-secret.ts'
import type { Interaction } from './interaction.ts'
import { issueCode } from './issue-code.ts'
import type { Services } from './needs.ts'

export { authorizationParameters } from '../domain/authorization-request.ts'

type Needs = Pick<Services, 'store' | 'settings' | 'signer' | 'directory' | 'world' | 'log'>

/** Whose browser it is, as far as it says, and where. */
export interface Visitor {
  /** The value of its session cookie. */
  readonly cookie?: string | undefined
  readonly address?: string | undefined
}

/** What the browser gets next. */
export type Step =
  /** Shown to the person, never told to an address that is not known to be the client's (AZ-1). */
  | { readonly step: 'stopped'; readonly reason: string; readonly client?: Client }
  | { readonly step: 'redirect'; readonly location: string }
  | {
      readonly step: 'sign_in'
      readonly interaction: Interaction
      readonly client: Client
      /** Where the answer goes, as people read it (AZ-20). */
      readonly host: string
      readonly fresh?: { readonly maxAge?: Seconds }
      readonly identifier?: string
    }
  | {
      readonly step: 'consent'
      readonly interaction: Interaction
      readonly client: Client
      readonly host: string
      readonly user: User
      readonly session: Session
    }

/** Reads an authorization request and says what comes next. P1: the position is read before anything is looked at. */
export async function beginAuthorization(sent: Parameters, visitor: Visitor, needs: Needs): Promise<Step> {
  const clientId = sent.repeated.includes('client_id') ? undefined : sent.optional('client_id')
  const begun = await begin(clientId ?? '', visitor.cookie, needs)
  const { client } = begun.rows
  const served = (await needs.directory.all()).map(({ audience }) => audience)
  const read = readAuthorizationRequest(sent, client, {
    audiences: { configured: needs.settings.audience, served },
    hinted: hintedBy(sent, needs),
  })
  if (read.outcome === 'stopped') return { step: 'stopped', reason: read.reason, ...(client && !client.disabled ? { client } : {}) }
  if (read.outcome === 'refused') return redirect(read, needs)
  return decide({ request: read.request, position: begun.position, began: begun.at.now }, begun, visitor, undefined, needs)
}

/** Goes on after a sign-in, or when a page is opened again: with the position that it began with. */
export async function resumeAuthorization(interaction: Interaction, visitor: Visitor, needs: Needs): Promise<Step> {
  const begun = await begin(interaction.request.clientId, visitor.cookie, needs)
  return decide(interaction, begun, visitor, interaction.began, needs)
}

/** Begins the same request again: its page waited too long, or a cut came between. */
export async function restartAuthorization(request: AuthorizationRequest, visitor: Visitor, needs: Needs): Promise<Step> {
  const begun = await begin(request.clientId, visitor.cookie, needs)
  return decide({ request, position: begun.position, began: begun.at.now }, begun, visitor, undefined, needs)
}

/** What a request rests on, read in one statement with where the ledger stood. */
export interface Begun {
  readonly rows: Rows['authorization']
  readonly at: At
  readonly position: Position
}

/** Reads what a request rests on. */
export async function begin(clientId: string, cookie: string | undefined, { store }: Pick<Services, 'store'>): Promise<Begun> {
  return store.begin({ kind: 'authorization', clientId, ...(cookie === undefined ? {} : { cookie: hashSecret(cookie) }) })
}

/** A client or an address that went while a page was open. */
export function stillStands({ request }: Interaction, client: Client | undefined): client is Client {
  return client !== undefined && !client.disabled && isRegisteredRedirect(client.redirectUris, request.redirectUri)
}

async function decide(
  interaction: Interaction,
  { rows, at }: Begun,
  visitor: Visitor,
  began: number | undefined,
  needs: Needs,
): Promise<Step> {
  const { request } = interaction
  const { client, browser, issuer } = rows
  if (!stillStands(interaction, client)) return { step: 'stopped', reason: 'client_unknown' }
  const next = nextStep(request, { client, browser, allowed: rows.consents, issuer }, { now: at.now, began }, visitor.address)
  const host = redirectHost(request.redirectUri)
  if (next.outcome === 'refused') return redirect(next, needs)
  if (next.outcome === 'consent')
    return { step: 'consent', interaction: { ...interaction, sid: next.browser.session.sid }, client, host, ...next.browser }
  if (next.outcome === 'sign_in') {
    // What the client hints at is only typed in beforehand; who has to show it again is named.
    const identifier = next.browser?.user.identifier ?? request.loginHint
    return { step: 'sign_in', interaction, client, host, ...(next.fresh && { fresh: next.fresh }), ...(identifier && { identifier }) }
  }
  const code = await issueCode({ request, position: interaction.position }, next.browser.session.sid, needs)
  if ('code' in code) return { step: 'redirect', location: codeLocation(request, code.code, needs.settings.issuer) }
  return lost(interaction, visitor, code.problem, needs)
}

/** The sign-in page, whoever is signed in: for another try, or for somebody else. */
export async function askToSignIn(interaction: Interaction, visitor: Visitor, needs: Needs): Promise<Step> {
  const { rows, at } = await begin(interaction.request.clientId, visitor.cookie, needs)
  const { client, browser, issuer } = rows
  if (!stillStands(interaction, client)) return { step: 'stopped', reason: 'client_unknown' }
  const next = nextStep(
    interaction.request,
    { client, browser, allowed: rows.consents, issuer },
    { now: at.now, began: interaction.began },
    visitor.address,
  )
  const fresh = next.outcome === 'sign_in' && next.fresh ? { fresh: next.fresh } : {}
  return { step: 'sign_in', interaction, client, host: redirectHost(interaction.request.redirectUri), ...fresh }
}

/** Between the look and the code something ended. A cut of the client alone leaves the session alive, and a new beginning is above it. */
export async function lost({ request }: Interaction, visitor: Visitor, problem: string, needs: Needs): Promise<Step> {
  needs.log.info({ event: 'authorization.lost', client: request.clientId, reason: problem }, 'something ended while a code was asked for')
  return problem === 'client_unknown' ? { step: 'stopped', reason: problem } : restartAuthorization(request, visitor, needs)
}

function redirect(refusal: Refusal, { settings, log }: Needs): Step {
  log.info({ event: 'authorization.refused', error: refusal.error }, refusal.description)
  return { step: 'redirect', location: refusalLocation(refusal, settings.issuer) }
}

function hintedBy(sent: Parameters, { signer }: Needs): string | undefined {
  const hint = sent.repeated.includes('id_token_hint') ? undefined : sent.optional('id_token_hint')
  const sub = hint === undefined ? undefined : signer.openIdToken(hint)?.sub
  return typeof sub === 'string' ? sub : undefined
}
