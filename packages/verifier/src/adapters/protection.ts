import { type VerifierOptions, VerifierSetupError } from '../settings.ts'
import type { Requirements, Verdict } from '../verdict.ts'
import { createVerifier, type Verifier } from '../verifier.ts'

/** What `protect` takes: what the request must have, and settings that are not in CURFEW_ISSUER, CURFEW_AUDIENCE, CURFEW_KEY. */
export type ProtectOptions<Claims extends object = object> = Partial<VerifierOptions> &
  Requirements & { verifier?: Verifier<Claims> | undefined }

/** What an adapter works with. */
export type Protection<Claims extends object> = {
  verifier: Verifier<Claims>
  /** Decides; a promise only where the issuer must be asked. */
  judge(authorization: string | undefined): Verdict<Claims> | Promise<Verdict<Claims>>
}

type Running = { verifier: Verifier; settings: Partial<VerifierOptions> }

/** What one follower can only have one of. */
const once = ['onLeaseLost', 'algorithms', 'maxTokens', 'resourceMetadata'] as const

/** One follower a process for each issuer, audience and key, however often `protect` is called. */
const running = new Map<string, Running>()

/** Reads the options of a call to `protect`, and finds or makes its verifier. */
export function protection<Claims extends object>(options: ProtectOptions<Claims>): Protection<Claims> {
  const { scope, roles, user, maxAge, verifier: given, ...settings } = options
  if (maxAge !== undefined && !(maxAge >= 0))
    throw new VerifierSetupError('maxAge is how many seconds ago the user may have signed in: 0 or more.')
  const verifier = given ?? (verifierFor(settings) as Verifier<Claims>)
  const needed: Requirements = {
    ...(scope !== undefined && { scope }),
    ...(roles !== undefined && { roles }),
    ...(user !== undefined && { user }),
    ...(maxAge !== undefined && { maxAge }),
  }
  return {
    verifier,
    judge(authorization) {
      const facts = { ...needed, authorization }
      return verifier.verifySync(facts) ?? verifier.verify(facts)
    },
  }
}

function verifierFor(given: Partial<VerifierOptions>): Verifier {
  const { CURFEW_ISSUER, CURFEW_AUDIENCE, CURFEW_KEY } = process.env
  const settings = {
    ...given,
    issuer: given.issuer ?? CURFEW_ISSUER ?? '',
    audience: given.audience ?? CURFEW_AUDIENCE ?? '',
    key: given.key ?? CURFEW_KEY,
  }
  if (settings.transport !== undefined || settings.world !== undefined || settings.parts !== undefined) return createVerifier(settings)
  const name = JSON.stringify([settings.issuer, settings.audience, settings.key])
  const before = running.get(name)
  if (before !== undefined) {
    const other = once.find((one) => settings[one] !== undefined && String(settings[one]) !== String(before.settings[one]))
    if (other !== undefined) {
      throw new VerifierSetupError(
        `protect() was called with different ${other} for one service. It is one follower: say it at the first call, or the same each time.`,
      )
    }
    return before.verifier
  }
  const made = createVerifier(settings)
  const verifier: Verifier = {
    ...made,
    close() {
      running.delete(name)
      return made.close()
    },
  }
  running.set(name, { verifier, settings })
  return verifier
}
