import { codeLocation, refusalLocation } from '../domain/authorization-request.ts'
import { nextStep, refused } from '../domain/authorization-step.ts'
import { begin, lost, resumeAuthorization, type Step, stillStands, type Visitor } from './begin-authorization.ts'
import type { Interaction } from './interaction.ts'
import { issueCode } from './issue-code.ts'
import type { Services } from './needs.ts'

type Needs = Pick<Services, 'store' | 'settings' | 'signer' | 'directory' | 'world' | 'log'>

/** Takes the answer of the consent page: what was allowed is remembered, and the client gets its code, or hears that it was refused. */
export async function grantConsent(interaction: Interaction, answer: 'allow' | 'refuse', visitor: Visitor, needs: Needs): Promise<Step> {
  const { request } = interaction
  const { issuer } = needs.settings
  const { rows, at } = await begin(request.clientId, visitor.cookie, needs)
  const { client, browser } = rows
  if (!stillStands(interaction, client)) return { step: 'stopped', reason: 'client_unknown' }
  if (answer === 'refuse') {
    return { step: 'redirect', location: refusalLocation(refused(request, 'access_denied', 'The user did not allow it.'), issuer) }
  }
  // Somebody else has signed in meanwhile: the question was not put to them (AZ-19).
  if (!browser || browser.session.sid !== interaction.sid) return resumeAuthorization(interaction, visitor, needs)
  const next = nextStep(
    request,
    { client, browser, allowed: rows.consents, issuer: rows.issuer },
    { now: at.now, began: interaction.began },
    visitor.address,
  )
  if (next.outcome !== 'consent' && next.outcome !== 'code') return resumeAuthorization(interaction, visitor, needs)

  const code = await issueCode({ request, position: interaction.position, allowed: rows.consents }, browser.session.sid, needs)
  if ('code' in code) return { step: 'redirect', location: codeLocation(request, code.code, issuer) }
  return lost(interaction, visitor, code.problem, needs)
}
