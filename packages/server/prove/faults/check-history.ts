import type { Event, FaultBegins } from './history.ts'
import { timeline } from './timeline.ts'
import { merged, overlap, type Window } from './windows.ts'

/** What the protocol promises, in milliseconds; `slack` is the machine's: what a bare long poll took in the same run. */
export interface Bounds {
  readonly leaseMs: number
  readonly waitMs: number
  readonly slackMs: number
}

/** One sentence of the promise that was broken, and the few events that show it. */
export interface Violation {
  readonly kind: 'accepted after confirmed' | 'good refused' | 'waited too long' | 'lost answer'
  readonly text: string
  readonly timeline: string
}

/** Of one kind of fault: how often, and what it cost good requests. */
export interface Cost {
  times: number
  /** Milliseconds, all together. */
  lasted: number
  readonly isPlanned: boolean
  /** Good requests at services that were refused because of it, within the bound. */
  goodRefused: number
  /** Requests of people at the issuer that failed at least once meanwhile, and those that got no good answer at all. */
  retried: number
  failed: number
}

export interface Judgement {
  checks: number
  accepted: number
  /** Checks of tokens that were good. */
  good: number
  acceptedAfterConfirmed: number
  /** Good ones that were refused: all, and those for which no bound allows it. */
  goodRefused: number
  goodRefusedOutOfBound: number
  waitsOutOfBound: number
  lostAnswers: number
  longestWait: number
  noAnswer: number
  readonly faults: Record<string, Cost>
  readonly violations: Violation[]
}

interface Token {
  readonly born: number
  readonly expires: number
  ending?: number | undefined
  kind?: string
  confirmed?: number
}

/** Of `verifier/src/key-set.ts`, in milliseconds. */
const keysCoolDown = 5_000

/**
 * Judges a history, from nothing but itself. Good is a token that is born, not expired, and not (yet) being ended when the answer came. It may be refused only
 * while its verifier can have no lease: so long after the way to a working issuer broke that a lease from before is over, or so shortly after
 * that way was back that the next question was not answered yet.
 */
export function checkHistory(events: readonly Event[], bounds: Bounds): Judgement {
  const tokens = new Map<number, Token>()
  const faults = windowsOf(events)
  const waits: { at: number; ms: number }[] = [{ at: Number.NEGATIVE_INFINITY, ms: bounds.waitMs }]
  const told: Judgement = {
    ...{ checks: 0, accepted: 0, good: 0, acceptedAfterConfirmed: 0, goodRefused: 0, goodRefusedOutOfBound: 0 },
    ...{ waitsOutOfBound: 0, lostAnswers: 0, longestWait: 0, noAnswer: 0 },
    faults: costs(faults),
    violations: [],
  }
  const violation = (kind: Violation['kind'], text: string, at: number, about: { token?: number; service?: string }): void => {
    if (told.violations.length < 20) told.violations.push({ kind, text, timeline: timeline(events, at, about) })
  }
  const isGood = (token: Token | undefined, sent: number, at: number): boolean =>
    token !== undefined && sent >= token.born && at < token.expires && (token.ending === undefined || at < token.ending)

  for (const event of events) {
    switch (event.what) {
      case 'born':
        tokens.set(event.token, { born: event.at, expires: event.expires })
        break
      case 'ending': {
        const token = tokens.get(event.token)
        if (token) token.kind = event.kind
        if (token) token.ending ??= event.at
        break
      }
      case 'spared': {
        const token = tokens.get(event.token)
        if (token && token.confirmed === undefined) token.ending = undefined
        break
      }
      case 'confirmed': {
        const token = tokens.get(event.token)
        if (token) token.confirmed ??= event.at
        break
      }
      case 'wait':
        waits.push({ at: event.at, ms: event.ms })
        break
      case 'restored':
        for (const token of tokens.values()) token.ending ??= event.at
        break
      case 'silence':
        told.noAnswer += event.tokens
        break
      case 'checks':
        checks(event)
        break
      case 'used': {
        const token = tokens.get(event.token)
        if (!token) break
        if (event.status === 200 && token.confirmed !== undefined && event.sent > token.confirmed)
          lost(`a device refreshed that ${token.kind} had ended, confirmed ${(event.sent - token.confirmed).toFixed(1)} ms before`, event)
        else if ((event.status === 401 || event.status === 400) && isGood(token, event.sent, event.at))
          lost(`what was answered is not there: the issuer refused (${event.status}) a device that nobody ended`, event)
        break
      }
      case 'request':
        request(event)
        break
    }
  }
  return told

  function lost(text: string, { at, token }: { at: number; token: number }): void {
    told.lostAnswers += 1
    violation('lost answer', text, at, { token })
  }

  function checks(event: Extract<Event, { what: 'checks' }>): void {
    const { sent, at, service } = event
    let refused = 0
    for (const [index, number] of event.tokens.entries()) {
      const token = tokens.get(number)
      const verdict = event.verdicts[index]
      const reason = verdict === 'a' ? '' : (event.reasons[refused++] ?? '')
      told.checks += 1
      const wasGood = isGood(token, sent, at)
      if (wasGood) told.good += 1
      if (verdict === 'a') {
        told.accepted += 1
        // The request began after the confirmed answer had come, and was accepted: the promise is broken.
        if (token?.confirmed === undefined || sent <= token.confirmed) continue
        told.acceptedAfterConfirmed += 1
        const late = (sent - token.confirmed).toFixed(1)
        violation('accepted after confirmed', `${service} accepted a request sent ${late} ms after ${token.kind} was confirmed`, at, {
          token: number,
          service,
        })
      } else if (wasGood) {
        told.goodRefused += 1
        const allowed = verdict === 'u' ? causeOf(service, sent, at) : reason === 'kid_unknown' ? newKeys(sent, at) : undefined
        if (allowed) {
          told.faults[allowed.kind]!.goodRefused += 1
          continue
        }
        told.goodRefusedOutOfBound += 1
        for (const { begins, from, to } of faults)
          if (begins.isPlanned && from <= at && to >= sent) told.faults[begins.kind]!.goodRefused += 1
        violation('good refused', `${service} refused a good token (${reason}) where no bound allows it`, at, { token: number, service })
      }
    }
  }

  /** The fault that may have left this verifier without a lease at some time of this question; undefined: none may have. */
  function causeOf(service: string, sent: number, at: number): FaultBegins | undefined {
    const { leaseMs, slackMs } = bounds
    // D2: the last lease is at most a hold and a round trip old when the way breaks; its clock may be 2 % fast.
    const left = hasLeapt(service, sent, at) ? 0 : 0.98 * (leaseMs - 0.3 * leaseMs) - slackMs
    const severed = faults.filter(({ begins }) => begins.severs.includes(service))
    const windows = merged(severed.map(({ begins, from, to }) => ({ from, to: to + begins.recovers + slackMs })))
    const window = windows.find(({ from, to }) => at >= from + left && sent <= to)
    if (!window) return undefined
    // Of several it is put down to the longest.
    const within = severed.filter(({ from }) => from >= window.from && from <= at)
    return within.sort((one, other) => other.to - other.from - (one.to - one.from))[0]?.begins
  }

  /** V6: a wall clock that is set forward ends the lease until the next answer, a hold and a patience later at most; so does one that was set back, as it returns. */
  function hasLeapt(service: string, sent: number, at: number): boolean {
    const { leaseMs, slackMs } = bounds
    const nextAnswer = 0.3 * leaseMs + Math.max(0.4 * leaseMs, 2000) + slackMs
    return faults.some(
      ({ begins, from, to }) =>
        begins.kind === 'verifier: clock leaps' && begins.on.startsWith(`${service},`) && from <= at && sent <= to + nextAnswer,
    )
  }

  /** JK-4: a verifier asks for the issuer's keys at most once in five seconds, and a declared restore has them made anew. */
  function newKeys(sent: number, at: number): FaultBegins | undefined {
    const { slackMs } = bounds
    return faults.find(({ begins, from, to }) => begins.kind === 'backup restored' && from <= at && sent <= to + keysCoolDown + slackMs)
      ?.begins
  }

  function request(event: Extract<Event, { what: 'request' }>): void {
    const { sent, at, tries, status } = event
    const isRefused = status === 0 || status >= 500
    if (tries > 0 || isRefused) {
      for (const kind of new Set(faults.filter(({ from, to }) => from <= at && to >= sent).map(({ begins }) => begins.kind))) {
        if (isRefused) told.faults[kind]!.failed += 1
        else told.faults[kind]!.retried += 1
      }
    }
    if (!event.isConfirmed) return
    const took = at - sent
    if (took > told.longestWait) told.longestWait = took
    // R2: nothing is confirmed before what was given out before the restore is over; that is a fault's window, too.
    const held = merged(
      faults.filter(({ begins }) => begins.holds).map(({ begins, from, to }) => ({ from, to: to + begins.recovers })),
    ).reduce((sum, window) => sum + overlap(window, { from: sent, to: at }), 0)
    const current = waits.filter((wait) => wait.at <= at)
    const before = waits.filter((wait) => wait.at <= sent).at(-1)
    const wait = Math.max(before?.ms ?? bounds.waitMs, ...current.filter((one) => one.at >= sent).map(({ ms }) => ms))
    if (took <= 1.02 * wait + held + bounds.slackMs) return
    told.waitsOutOfBound += 1
    const text = `${event.path} was confirmed after ${took.toFixed(0)} ms; ${(1.02 * wait + held).toFixed(0)} ms are its bound`
    violation('waited too long', text, at, {})
  }
}

interface FaultWindow extends Window {
  readonly begins: FaultBegins
}

function windowsOf(events: readonly Event[]): FaultWindow[] {
  const over = new Map<number, number>()
  for (const event of events) if (event.what === 'fault over') over.set(event.fault, event.at)
  return events.flatMap((event) =>
    event.what === 'fault' ? { begins: event, from: event.at, to: over.get(event.fault) ?? Number.POSITIVE_INFINITY } : [],
  )
}

function costs(faults: readonly FaultWindow[]): Record<string, Cost> {
  const all: Record<string, Cost> = {}
  for (const { begins, from, to } of faults) {
    all[begins.kind] ??= { times: 0, lasted: 0, isPlanned: begins.isPlanned, goodRefused: 0, retried: 0, failed: 0 }
    const cost = all[begins.kind]!
    cost.times += 1
    if (Number.isFinite(to)) cost.lasted += to - from
  }
  return all
}
