/** What the simulator knows of a token, read from its claims and from how it came about; the verifiers know less. */
export interface TokenFacts {
  readonly jti: string
  readonly user: string
  readonly client: string
  readonly audience: string
  /** Its session, if it dies with it. */
  readonly sid?: string
  readonly gid?: string
  /** When what it descends from was born: its session's commit, or for a token of a client itself, its own making. */
  readonly born: number
  /** When its grant was born: with the session, or, for a code, when that was given out. What a client got is cut by this. */
  readonly granted: number
  /** Which of the user's passwords it rests on. */
  readonly password: number
  /** Which of the user's rights it carries. */
  readonly rights: number
  /** Made by the password change itself, for the device that asked. */
  readonly spared?: number
  /** Seconds since 1970, on a wall clock that is right. */
  readonly exp: number
}

/** What an ending is about. `password`, `rights`: the number of those that are good from now on. */
export type Target =
  | { readonly session: string }
  | { readonly sessions: readonly string[] }
  | { readonly grant: string }
  | { readonly token: string }
  | { readonly user: string; readonly password?: number }
  | { readonly client: string }
  | { readonly everything: true }
  | { readonly rights: number; readonly user: string }

/** Something that happened; `at` is true time. */
export type Happening = { readonly at: number } & (
  | { readonly what: 'minted'; readonly token: TokenFacts }
  /** `caller` is where the ending was asked for, `begun` the request's number. */
  | { readonly what: 'ending'; readonly ending: number; readonly target: Target }
  /** An entry was committed. */
  | { readonly what: 'entry'; readonly seq: number; readonly text: string }
  /** The issuer decided about an ending: the moment at which its answer could leave. `waited`: since commit or start, on the issuer's clock. */
  | { readonly what: 'answered'; readonly ending: number; readonly confirmed: boolean; readonly seq: number; readonly waited?: number }
  | { readonly what: 'call'; readonly call: number; readonly jti: string; readonly verifier: string }
  /** `own`: from its own copy, without asking the issuer. */
  | {
      readonly what: 'decided'
      readonly call: number
      readonly accepted: boolean
      readonly own: boolean
      readonly reason: string
      /** Refused for want of a lease or an answer, not because of the token. */
      readonly unavailable?: boolean
    }
  /** A stream goes on under a token that its verifier refuses. */
  | { readonly what: 'streaming'; readonly jti: string; readonly verifier: string; readonly reason: string }
  /** A mint that was asked for after an ending's answer, and what came of it. */
  | { readonly what: 'refreshed'; readonly begun: number; readonly jti: string; readonly from: string }
  /** For people, and `lasted` for what the bounds must allow. */
  | { readonly what: 'note'; readonly who: string; readonly text: string; readonly lasted?: number }
)

/** The list of all that happened, in the order of true time. */
export interface History {
  add(happening: Happening): void
  note(at: number, who: string, text: string, lasted?: number): void
  /** Sorted by time; what happened at one moment in the order in which it was told. */
  all(): readonly Happening[]
}

/** An empty history. */
export function createHistory(): History {
  const list: Happening[] = []
  return {
    add: (happening) => list.push(happening),
    note: (at, who, text, lasted) => list.push({ at, what: 'note', who, text, ...(lasted === undefined ? {} : { lasted }) }),
    // A process that was stopped within an event tells of later moments before others tell of earlier ones.
    all: () =>
      list
        .map((one, index) => ({ one, index }))
        .sort((a, b) => a.one.at - b.one.at || a.index - b.index)
        .map(({ one }) => one),
  }
}
