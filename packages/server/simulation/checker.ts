import type { Happening, Target, TokenFacts } from './history.ts'
import { EPOCH } from './machine.ts'

/** What is promised, in true milliseconds as far as clocks allow. */
export interface Promises {
  /** V5: how long an answer of the issuer may stand for a request begun before. */
  readonly patience: number
  /** S2: the longest wait on the issuer's own clock, its steps and timers included. */
  readonly wait: number
  /** Whether good tokens may be refused for want of a lease at all: not in a healthy run. */
  readonly healthy: boolean
  /** In a healthy run: the longest that a sign-out takes. */
  readonly healthyWait: number
}

/** One promise that was broken. */
export interface Violation {
  readonly promise: 'safety' | 'bound' | 'availability' | 'mint' | 'signal'
  readonly at: number
  readonly text: string
  /** What the timeline is about. */
  readonly about: { readonly ending?: number; readonly jti?: string; readonly verifier?: string; readonly call?: number }
}

interface Ending {
  readonly id: number
  readonly target: Target
  readonly begun: number
  /** When its entry was committed. Before that, what is born is not hit. */
  committed: number
  /** When it was answered confirmed, if it was. */
  confirmed: number
}

/** Looks for broken promises in what happened. Knows nothing of leases or positions: only of what was asked for, answered and accepted. */
export function check(happenings: readonly Happening[], promises: Promises): Violation[] {
  const found: Violation[] = []
  const tokens = new Map<string, TokenFacts>()
  const endings = readEndings(happenings)
  const calls = new Map<number, Extract<Happening, { what: 'call' }>>()

  for (const one of happenings) {
    if (one.what === 'minted') tokens.set(one.token.jti, one.token)
    else if (one.what === 'call') calls.set(one.call, one)
    else if (one.what === 'decided') {
      const call = calls.get(one.call)
      const token = call && tokens.get(call.jti)
      if (!call || !token) continue
      const about = { jti: token.jti, verifier: call.verifier, call: one.call }
      if (one.accepted) checkAccepted(one, call, token, about)
      else checkRefused(one, token, about)
    } else if (one.what === 'streaming') {
      const text = `${one.verifier} refuses a token (${one.reason}) while a stream under it was not told`
      found.push({ promise: 'signal', at: one.at, text, about: { jti: one.jti, verifier: one.verifier } })
    } else if (one.what === 'answered' && one.waited !== undefined) {
      const longest = promises.healthy ? promises.healthyWait : promises.wait
      if (one.waited > longest) {
        found.push({
          promise: 'bound',
          at: one.at,
          text: `ending ${one.ending} was answered ${Math.round(one.waited)} ms after its commit; ${Math.round(longest)} ms are the limit`,
          about: { ending: one.ending },
        })
      }
    }
  }
  return [...found, ...checkMints(happenings, tokens, endings)]

  function checkAccepted(one: Extract<Happening, { what: 'decided' }>, call: { at: number }, token: TokenFacts, about: Violation['about']) {
    for (const ending of endings) {
      if (!(one.at > ending.confirmed) || !ends(ending, token)) continue
      const isLate = one.own || call.at > ending.confirmed || one.at > ending.confirmed + promises.patience
      if (!isLate) continue
      const how = one.own
        ? 'from its own copy'
        : call.at > ending.confirmed
          ? 'for a request begun after it'
          : 'by an old answer of the issuer'
      found.push({
        promise: 'safety',
        at: one.at,
        text: `${about.verifier} accepted a token of ${token.user} ${how}, ${ms(one.at - ending.confirmed)} after ending ${ending.id} (${wordsOf(ending.target)}) was confirmed`,
        about: { ...about, ending: ending.id },
      })
      return
    }
  }

  function checkRefused(one: Extract<Happening, { what: 'decided' }>, token: TokenFacts, about: Violation['about']) {
    const mayBeDead = endings.some((ending) => ending.begun <= one.at && mayEnd(ending, token))
    // The issuer allows no leeway, verifiers five seconds, and nobody's wall clock is right to the second.
    const isOver = EPOCH + one.at > (token.exp - 10) * 1000
    if (mayBeDead || isOver) return
    // Who shuts down says so, and takes no requests any more.
    if (one.reason === 'closed') return
    if (one.unavailable ? promises.healthy : one.reason !== 'expired' && one.reason !== 'before_horizon') {
      found.push({
        promise: 'availability',
        at: one.at,
        text: `${about.verifier} refused a good token of ${token.user}: ${one.reason}`,
        about,
      })
    }
  }
}

/** M2, P2: what was asked for after an ending's commit yields nothing that it should have ended. */
function checkMints(happenings: readonly Happening[], tokens: ReadonlyMap<string, TokenFacts>, endings: readonly Ending[]): Violation[] {
  const found: Violation[] = []
  for (const one of happenings) {
    if (one.what !== 'refreshed') continue
    const token = tokens.get(one.jti)
    const ending = token && endings.find((each) => one.begun > each.confirmed && ends(each, token))
    if (ending) {
      const text = `a token of ${token.user} was made by ${one.from}, asked for ${ms(one.begun - ending.confirmed)} after ending ${ending.id} (${wordsOf(ending.target)}) was confirmed`
      found.push({ promise: 'mint', at: one.at, text, about: { jti: one.jti, ending: ending.id } })
    }
  }
  return found
}

function readEndings(happenings: readonly Happening[]): Ending[] {
  const endings = new Map<number, Ending>()
  const entries = new Map<number, number>()
  for (const one of happenings) {
    if (one.what === 'entry' && !entries.has(one.seq)) entries.set(one.seq, one.at)
    else if (one.what === 'ending') {
      endings.set(one.ending, { id: one.ending, target: one.target, begun: one.at, committed: one.at, confirmed: Number.POSITIVE_INFINITY })
    } else if (one.what === 'answered' && one.confirmed) {
      const ending = endings.get(one.ending)
      if (!ending || ending.confirmed <= one.at) continue
      ending.confirmed = one.at
      ending.committed = Math.max(ending.begun, entries.get(one.seq) ?? 0)
    }
  }
  return [...endings.values()]
}

/** Whether an ending ends a token for certain. */
export function ends(ending: Pick<Ending, 'target' | 'committed'>, token: TokenFacts): boolean {
  const { target, committed } = ending
  if ('session' in target) return token.sid === target.session
  if ('sessions' in target) return token.sid !== undefined && target.sessions.includes(token.sid)
  if ('grant' in target) return token.gid === target.grant
  if ('token' in target) return token.jti === target.token
  if ('rights' in target) return token.user === target.user && token.rights < target.rights
  const isBefore = token.born < committed
  if ('client' in target) return token.client === target.client && token.granted < committed
  if ('everything' in target) return isBefore
  if (token.user !== target.user || (token.spared !== undefined && token.spared === target.password)) return false
  // An old password never outlives its change, whenever it was typed.
  return isBefore || (target.password !== undefined && token.password < target.password)
}

/** Whether an ending, once it was asked for, may be the reason why a token is refused. */
function mayEnd(ending: Ending, token: TokenFacts): boolean {
  return ends({ target: ending.target, committed: Number.POSITIVE_INFINITY }, token)
}

/** An ending's target in words. */
export function wordsOf(target: Target): string {
  if ('session' in target) return `session ${target.session.slice(0, 6)}`
  if ('sessions' in target) return `${target.sessions.length} sessions`
  if ('grant' in target) return `grant ${target.grant.slice(0, 6)}`
  if ('token' in target) return `token ${target.token.slice(0, 6)}`
  if ('rights' in target) return `rights of ${target.user} changed, now ${target.rights}`
  if ('client' in target) return `client ${target.client}`
  if ('everything' in target) return 'everything'
  return target.password === undefined ? `all of ${target.user}` : `all of ${target.user}, new password ${target.password}`
}

function ms(milliseconds: number): string {
  return `${milliseconds < 10 ? milliseconds.toFixed(2) : Math.round(milliseconds)} ms`
}
