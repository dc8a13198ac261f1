import { type VerifierOptions, VerifierSetupError } from '../settings.ts'
import type { Requirements, Verdict } from '../verdict.ts'
import { createVerifier, type Verifier } from '../verifier.ts'
import { callerAddress, type ForwardingHeaders, type ProxyOptions, readProxies } from '../wire/index.ts'
import { type MetadataOf, metadataUrl, serveMetadata } from './resource-metadata.ts'

/** What `protect` takes: what the request must have, and settings that are not in CURFEW_ISSUER, CURFEW_AUDIENCE, CURFEW_KEY. */
export type ProtectOptions<Claims extends object = object> = Omit<Partial<VerifierOptions>, 'resourceMetadata'> &
  Requirements & {
    verifier?: Verifier<Claims> | undefined
    /** Where RFC 9728 metadata about this service is; true: at its own well-known address, which `metadata` of what `protect` returns serves. */
    resourceMetadata?: string | true | undefined
    /** What the metadata say besides: scopes that make sense here, and a name for people. */
    about?: { scopes?: readonly string[]; name?: string } | undefined
    /** Proxies whose word about the caller's address is taken, for tokens that are bound to one. */
    proxies?: ProxyOptions | undefined
  }

/** Where a request comes from: the socket, or what the framework says, and the headers that proxies write. */
export type Whence = { readonly address: string | undefined; readonly headers: ForwardingHeaders }

/** What an adapter works with. */
export type Protection<Claims extends object> = {
  verifier: Verifier<Claims>
  /** Decides; a promise only where the issuer must be asked. */
  judge(authorization: string | undefined, whence: () => Whence): Verdict<Claims> | Promise<Verdict<Claims>>
  metadata: MetadataOf
}

type Running = { verifier: Verifier; settings: Partial<VerifierOptions> }

/** What one follower can only have one of. */
const once = ['onLeaseLost', 'algorithms', 'maxTokens', 'resourceMetadata'] as const

/** One follower a process for each issuer, audience and key, however often `protect` is called. */
const running = new Map<string, Running>()

/** Reads the options of a call to `protect`, and finds or makes its verifier. */
export function protection<Claims extends object>(options: ProtectOptions<Claims>): Protection<Claims> {
  const { scope, roles, user, maxAge, verifier: given, resourceMetadata, about, proxies, ...rest } = options
  if (maxAge !== undefined && !(maxAge >= 0))
    throw new VerifierSetupError('maxAge is how many seconds ago the user may have signed in: 0 or more.')
  const trusted = readProxies(proxies)
  if ('problem' in trusted) throw new VerifierSetupError(`proxies: ${trusted.problem}.`)
  const { CURFEW_ISSUER, CURFEW_AUDIENCE } = process.env
  const [issuer, audience] = [rest.issuer ?? CURFEW_ISSUER ?? '', rest.audience ?? CURFEW_AUDIENCE ?? '']
  const metadata: MetadataOf = resourceMetadata === true ? serveMetadata({ issuer, audience, ...about }) : () => undefined
  const at = resourceMetadata === true ? metadataUrl(audience).href : resourceMetadata
  const settings = at === undefined ? rest : { ...rest, resourceMetadata: at }
  const verifier = given ?? (verifierFor(settings) as Verifier<Claims>)
  const needed: Requirements = {
    ...(scope !== undefined && { scope }),
    ...(roles !== undefined && { roles }),
    ...(user !== undefined && { user }),
    ...(maxAge !== undefined && { maxAge }),
  }
  return {
    verifier,
    metadata,
    judge(authorization, whence) {
      const address = () => {
        const { address: peer, headers } = whence()
        return callerAddress(peer, headers, trusted)
      }
      const facts = { ...needed, authorization, address }
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
