import type { Answer } from './asking.ts'
import { checkAddress, checkBinding } from './checks/binding.ts'
import { checkClaims } from './checks/claims.ts'
import { checkFreshness } from './checks/freshness.ts'
import { checkRights, lackOf } from './checks/scope.ts'
import { checkSignature } from './checks/signature.ts'
import { readAuthorization } from './checks/token-form.ts'
import { type CheckedToken, LEEWAY, type Warrant } from './decide.ts'
import { decidedBefore, decidedNow, explanation } from './explain/explain.ts'
import { makeHttpTransport } from './http-transport.ts'
import type { Algorithm } from './jws/index.ts'
import type { FollowProblem } from './ledger-copy/follower.ts'
import type { Standing } from './ledger-copy/take-answer.ts'
import { soundParts } from './parts.ts'
import { makeReadiness } from './readiness.ts'
import { refusalWords } from './refusal-words.ts'
import { checkOptions, readKey, type VerifierOptions, VerifierSetupError } from './settings.ts'
import { type Accepted, type Explanation, type Refused, type Requirements, refuse, unavailable, type Verdict } from './verdict.ts'
import { MAX_TOKEN_LENGTH } from './wire/index.ts'
import { realWorld } from './world.ts'

/** What a verifier needs to know about a request. `token` is for tokens that come in another way than the header. */
export type RequestFacts = Requirements & {
  authorization?: string | undefined
  token?: string | undefined
  /** Where the request comes from, for tokens that are bound to a network address; called only for those. */
  address?: string | (() => string | undefined) | undefined
}

/** How things stand: for readiness pages. */
export type VerifierState = {
  /** Has a copy of the ledger and a lease. */
  ready: boolean
  /** The ledger number that the copy is at. */
  position: number
  /** Milliseconds that are left of the lease. */
  leaseLeft: number
  horizon: number
  /** Live entries in the copy. */
  entries: number
  /** What last went wrong, if it still does. */
  problem?: string
}

/** Decides whether requests are let in. */
export interface Verifier<Claims extends object = object> {
  verify(facts: RequestFacts): Promise<Verdict<Claims>>
  /** The same without waiting; undefined where the issuer must be asked for something. */
  verifySync(facts: RequestFacts): Verdict<Claims> | undefined
  /** Resolves with the first lease; rejects with a sentence on what is wrong, at the latest after so many milliseconds (10,000). */
  ready(patience?: number): Promise<void>
  state(): VerifierState
  /** Why a token would be accepted or refused now. Never asks the issuer about it. */
  explain(token: string): Promise<Explanation>
  /** Stops, and tells the issuer, so that no sign-out waits for this process (V7). */
  close(): Promise<void>
}

const everyAlgorithm: readonly Algorithm[] = ['ES256', 'Ed25519', 'RS256', 'PS256']

/** Makes a verifier, which begins to follow the ledger at once. */
export function createVerifier<Claims extends object = object>(options: VerifierOptions): Verifier<Claims> {
  const { issuer, audience, onLeaseLost, maxTokens } = checkOptions(options)
  const key = options.key === undefined ? undefined : readKey(options.key)
  const { world = realWorld, algorithms = everyAlgorithm } = options
  const transport = options.transport ?? makeHttpTransport(issuer, key!)
  const parts = { ...soundParts, ...options.parts }
  const challenge = { realm: audience, resourceMetadata: options.resourceMetadata }

  const standing: Standing = { copy: parts.makeCopy(), lease: parts.makeLease() }
  const cache = parts.makeTokenCache(maxTokens)
  const keys = parts.makeKeySet({ transport, world, algorithms })
  const signals = parts.makeSignals(world)
  const name = key?.id ?? audience
  const readiness = makeReadiness({ world, name, issuer, logger: options.logger })
  const follower = parts.makeFollower({
    ...{ world, transport, onLeaseLost, standing, timing: parts.timing },
    ...{ makeId: parts.makeVerifierId, makeCopy: parts.makeCopy, readAnswer: parts.readFollowAnswer },
    take: (answer, sent) => parts.takeAnswer(answer, sent, standing, { signals, keys }),
    refusal: (answer) => refusalWords(answer, issuer, key?.id ?? '<service>'),
    report: (problem: FollowProblem | undefined) => readiness.report(problem, leaseLeft() > 0),
  })
  const asking = parts.makeAsking({ transport, world, patience: follower.patience })
  const verdicts = new WeakMap<CheckedToken, Accepted<Claims>>()
  let isClosed = false

  const leaseLeft = () => standing.lease.left(world.monotonic(), world.wall())
  /** V10: a verifier that is cold has no copy to go by, so it never accepts until expiry. */
  const regardless: Warrant = { holds: () => standing.lease.wasHeld() }
  const warrant = onLeaseLost === 'accept' ? regardless : standing.lease

  /** Everything about a token that does not change: undefined where keys must be fetched first. */
  const check = (text: string, token: string): CheckedToken | Refused | ReturnType<typeof unavailable> | undefined => {
    const signed = checkSignature(token, keys)
    if ('problem' in signed) {
      if (signed.problem !== 'kid_unknown') return refuse(signed.problem, challenge)
      if (keys.mayFetch()) return undefined
      const problem = keys.problem() // without the issuer's keys of now, nothing can be said about a key that is not among ours
      return problem === undefined ? refuse('kid_unknown', challenge) : unavailable('no_keys', problem)
    }
    const checked = checkClaims(signed.payload, { issuer, audience })
    if ('problem' in checked) return refuse(checked.problem, challenge)
    const unbound = checkBinding(checked.claims)
    if (unbound !== undefined) return refuse(unbound, challenge)
    const good: CheckedToken = { claims: checked.claims, kid: signed.kid, leeway: LEEWAY, heldBy: undefined, heldAt: 0 }
    cache.set(text, good)
    return good
  }

  const find = (facts: RequestFacts): CheckedToken | Refused | ReturnType<typeof unavailable> | undefined => {
    const text = facts.authorization ?? facts.token
    if (typeof text !== 'string') return refuse('no_token', challenge)
    const known = cache.get(text)
    // A header has a space behind its scheme, a bare token none: what was found good as one is not taken as the other (RFC 6750 §2.1).
    if (known !== undefined && (text[6] === ' ') === (facts.authorization !== undefined)) return known
    if (facts.authorization === undefined) return check(text, text)
    const read = readAuthorization(text)
    if ('problem' in read) return refuse(read.problem, challenge)
    if (text.startsWith('Bearer ')) return check(text, read.token)
    const written = `Bearer ${read.token.slice(0, MAX_TOKEN_LENGTH + 1)}` // in another case it is no other token (RFC 9110 §11.1)
    return cache.get(written) ?? check(written, read.token)
  }

  const acceptedBy = (token: CheckedToken, by: Warrant): Accepted<Claims> => {
    const judge = () => parts.decide(token, standing.copy, by, world)
    const isDead = () => {
      const decision = judge()
      return decision === 'accepted' || decision === 'no_lease' ? undefined : decision
    }
    return {
      outcome: 'accepted',
      claims: token.claims as Accepted<Claims>['claims'],
      get signal() {
        return signals.of(token, isDead)
      },
      valid: () => judge() === 'accepted' || parts.decide(token, standing.copy, warrant, world) === 'accepted', // V1's block, again
      explain: () => explained(token),
    }
  }

  /** The same object for each request that brings the same token: nothing is allocated for it. */
  const accept = (token: CheckedToken): Accepted<Claims> => {
    const before = verdicts.get(token)
    if (before !== undefined) return before
    const verdict = acceptedBy(token, warrant)
    verdicts.set(token, verdict)
    return verdict
  }

  const lacking = ({ claims }: CheckedToken, facts: RequestFacts): Refused | undefined => {
    const missing =
      (claims.cnf === undefined
        ? undefined
        : checkAddress(claims, typeof facts.address === 'function' ? facts.address() : facts.address)) ??
      checkRights(claims, facts) ??
      (facts.maxAge === undefined ? undefined : checkFreshness(claims, facts.maxAge, world.wall()))
    return missing && refuse(missing, challenge, facts, missing === 'scope_missing' ? lackOf(claims, facts) : undefined)
  }

  /** Rights first, which do not change while we look; V1's block last. Undefined where the issuer must be asked (V5). */
  const conclude = (token: CheckedToken, facts: RequestFacts): Verdict<Claims> | undefined => {
    const missing = lacking(token, facts)
    const decision = parts.decide(token, standing.copy, warrant, world)
    if (decision === 'accepted') return missing ?? accept(token)
    if (decision !== 'no_lease') return refuse(decision, challenge)
    if (isClosed) return unavailable('closed')
    return missing ?? (onLeaseLost === 'refuse' ? unavailable('no_lease', readiness.problem()) : undefined)
  }

  const verifySync = (facts: RequestFacts): Verdict<Claims> | undefined => {
    const found = find(facts)
    return found === undefined || 'outcome' in found ? found : conclude(found, facts)
  }

  const askAbout = async (token: CheckedToken, facts: RequestFacts): Promise<Verdict<Claims>> => {
    const text = facts.authorization?.slice(7) ?? facts.token!
    const answer: Answer = await asking.ask(text)
    // From here on nothing waits: the answer stands for the lease in V1's block, and the copy refuses all the same (V5).
    if (isClosed) return unavailable('closed')
    if (answer.said === 'nothing') return conclude(token, facts) ?? unavailable(answer.why, answer.detail)
    if (answer.said === 'inactive') return refuse('inactive_at_issuer', challenge)
    const byAnswer: Warrant = { holds: (monotonic, wall) => parts.stands(answer, monotonic, wall) }
    const decision = parts.decide(token, standing.copy, byAnswer, world)
    if (decision === 'accepted') return acceptedBy(token, byAnswer)
    return conclude(token, facts) ?? unavailable('issuer_slow')
  }

  const verifySlowly = async (facts: RequestFacts): Promise<Verdict<Claims>> => {
    let found = find(facts)
    if (found === undefined) {
      await keys.fetch()
      found = find(facts) ?? unavailable('no_keys', keys.problem())
    }
    return 'outcome' in found ? found : (conclude(found, facts) ?? askAbout(found, facts))
  }

  const explained = (found: CheckedToken | Refused | ReturnType<typeof unavailable>, token?: string): Explanation =>
    explanation(
      'outcome' in found ? decidedBefore(found, token, keys) : decidedNow(found.claims, parts.decide(found, standing.copy, warrant, world)),
      { issuer, audience, onLeaseLost, isClosed, standing, world, problem: readiness.problem() },
    )

  follower.start()
  void keys.fetch()

  return {
    verify(facts) {
      const now = verifySync(facts)
      return now === undefined ? verifySlowly(facts) : Promise.resolve(now)
    },
    verifySync,
    async ready(patience) {
      await readiness.wait(patience)
      if (keys.problem() !== undefined) await keys.fetch()
      const problem = keys.problem()
      if (problem !== undefined) throw new VerifierSetupError(`${name}: ${problem}`)
    },
    state() {
      const problem = readiness.problem()
      const left = leaseLeft()
      const { seq: position, horizon } = standing.copy
      return {
        ready: left > 0,
        position,
        leaseLeft: left,
        horizon,
        entries: standing.copy.size(),
        ...(problem !== undefined && { problem }),
      }
    },
    async explain(token) {
      let found = find({ token })
      if (found === undefined) {
        await keys.fetch()
        found = find({ token }) ?? unavailable('no_keys', keys.problem())
      }
      return explained(found, token)
    },
    async close() {
      if (isClosed) return
      isClosed = true
      readiness.close()
      await follower.close()
      signals.close()
      cache.clear()
    },
  }
}
