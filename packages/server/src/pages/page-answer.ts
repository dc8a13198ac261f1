import { type HttpAnswer, htmlPage } from '../http/answer.ts'
import { contentSecurityPolicy } from '../http/content-security-policy.ts'
import type { Surroundings } from '../http/router.ts'
import { randomId } from '../use-cases/random-id.ts'
import type { PageFrame } from './views/layout.ts'

/** What a page's answer is besides its markup. */
export interface PageFacts {
  readonly status?: number
  /** The street at the foot: lit as long as somebody is, or may be, signed in. */
  readonly lit: boolean
  /** Where the page's forms may end up beyond this origin. */
  readonly formTargets?: readonly string[]
  readonly cookies?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
}

/** Renders a page with a policy of its own: nothing fetched, framed, cached or told to others (AZ-9). */
export function pageAnswer(facts: PageFacts, { settings, world }: Surroundings, render: (frame: PageFrame) => string): HttpAnswer {
  const nonce = randomId(world)
  const frame = { nonce, host: new URL(settings.issuer).host, ...(settings.street ? { street: { lit: facts.lit } } : {}) }
  const policy = contentSecurityPolicy({ nonce, formTargets: facts.formTargets ?? [] })
  return { ...htmlPage(facts.status ?? 200, render(frame), policy, facts.headers), ...(facts.cookies && { cookies: facts.cookies }) }
}
