import type { FollowProblem } from './ledger-copy/follower.ts'
import type { TransportAnswer } from './transport.ts'

/** Says what an answer to following other than 200 means, and what to do. */
export function refusalWords({ status, body }: TransportAnswer, issuer: string, service: string): FollowProblem {
  const said = saidIn(body)
  switch (status) {
    case 401:
      return {
        message: `the issuer at ${issuer} does not know this key (401). Make a new one: npx curfew services key ${service}, or for a new service: npx curfew services add ${service}`,
        definitive: true,
      }
    case 403:
      return {
        message: `the issuer at ${issuer} does not let this service follow the ledger (403)${said}. See: npx curfew services list`,
        definitive: true,
      }
    case 400:
      return {
        message: `the issuer at ${issuer} does not understand this verifier (400)${said}. Update @curfew/verifier or the issuer`,
        definitive: true,
      }
    case 404:
      return { message: `there is no ledger at the issuer ${issuer} (404). Is it a Curfew server?`, definitive: true }
    case 409:
      return {
        message: `the ledger of ${issuer} went back (409): it was restored without "curfew restored". Starting cold`,
        definitive: false,
      }
    case 429:
      return { message: `the issuer at ${issuer} has too many verifiers of this service already (429)${said}`, definitive: false }
    default:
      return { message: `the issuer at ${issuer} answered ${status}${said}`, definitive: false }
  }
}

function saidIn(body: unknown): string {
  const description = typeof body === 'object' && body !== null ? (body as { error_description?: unknown }).error_description : undefined
  return typeof description === 'string' ? `: ${description.replace(/[^ -~]/g, '?').slice(0, 200)}` : ''
}
