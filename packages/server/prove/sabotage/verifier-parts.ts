import type { VerifierOptions } from '@curfew/verifier'
import { soundParts } from '../../../verifier/src/parts.ts'

type Parts = NonNullable<VerifierOptions['parts']>

/** After a while its questions reach nobody: what a cut-off process is to the issuer. */
const cutOff: Parts['makeFollower'] = (needs) => {
  const until = performance.now() + 4000
  const silence = new Promise<never>(() => undefined)
  const { follow, release } = needs.transport
  return soundParts.makeFollower({
    ...needs,
    transport: {
      follow: (request, signal) => (performance.now() < until ? follow(request, signal) : silence),
      release: (request) => (performance.now() < until ? release(request) : Promise.resolve()),
    },
  })
}

const eternalLease: Parts['makeLease'] = () => ({
  ...soundParts.makeLease(),
  holds: () => true,
  giveUp: () => undefined,
  wasHeld: () => true,
})

/** Verifiers that break the protocol, each by one part in the place of a sound one. */
const broken: Readonly<Record<string, Parts>> = {
  /** It follows, acknowledges, and never looks at what it was told. */
  'verifier-ignores-the-ledger': {
    makeCopy: () => {
      const copy = soundParts.makeCopy()
      return Object.assign(view(copy), { covers: () => undefined })
    },
  },
  /** It knows names only: cuts pass it by. */
  'verifier-ignores-cuts': {
    makeCopy: () => {
      const copy = soundParts.makeCopy()
      return Object.assign(view(copy), {
        take: (entries: Parameters<typeof copy.take>[0]) => copy.take(entries.filter((entry) => 'ended' in entry)),
      })
    },
  },
  /** V3: it acknowledges what it has not applied yet. */
  'verifier-acknowledges-first': {
    makeCopy: () => {
      const copy = soundParts.makeCopy()
      return Object.assign(view(copy), {
        take: (entries: Parameters<typeof copy.take>[0]) => void setTimeout(() => copy.take(entries), 250),
      })
    },
  },
  /** V4, V6: cut off, it goes on as if its lease had no end. */
  'verifier-keeps-its-lease': { makeFollower: cutOff, makeLease: eternalLease },
  /** V1: it takes an old look for a new one. */
  'verifier-remembers-verdicts': {
    decide: (() => {
      const known = new WeakSet<object>()
      return (token, copy, warrant, world) => {
        if (known.has(token)) return 'accepted'
        const decision = soundParts.decide(token, copy, warrant, world)
        if (decision === 'accepted') known.add(token)
        return decision
      }
    })(),
  },
  /** V5: without a lease it lets everybody in. */
  'verifier-fails-open': {
    makeFollower: cutOff,
    decide: (token, copy, warrant, world) => {
      const decision = soundParts.decide(token, copy, warrant, world)
      return decision === 'no_lease' ? 'accepted' : decision
    },
  },
}

/** The kinds of sabotage that sit in a verifier. */
export const verifierSabotage: readonly string[] = Object.keys(broken)

/** The options of a verifier with one broken part. */
export function brokenVerifier(name: string): Partial<VerifierOptions> {
  const parts = broken[name]
  if (!parts) throw new Error(`no sabotage is called ${name}`)
  return { parts }
}

/** A copy whose getters stay getters. */
function view<T extends object>(of: T): T {
  return Object.create(of, {}) as T
}
