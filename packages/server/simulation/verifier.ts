import { createVerifier, type Transport, type TransportAnswer, type VerifierParts } from '@curfew/verifier'
import { LEEWAY } from '../../verifier/src/decide.ts'
import type { soundParts } from '../../verifier/src/parts.ts'
import { withSpareRequests } from '../../verifier/src/spare-requests.ts'
import { AUDIENCE, ISSUER, quiet } from './cast.ts'
import type { Chance } from './chance.ts'
import type { History } from './history.ts'
import { signedBy } from './keys.ts'
import { type fromItsOwnSending, takingLateAnswers } from './late-answers.ts'
import type { Machine, Process } from './machine.ts'
import type { Network } from './network.ts'
import type { Setting } from './scenario.ts'

/** A verifier's machine in a run: one process at a time, as a service would have it. */
export interface VerifierActor {
  readonly name: string
  readonly machine: Machine
  /** In a process of its own; or in this one, which is the issuer's, with this way to the ledger. */
  start(inside?: { readonly process: Process; readonly transport: Transport }): void
  /** V7: says good-bye, then dies. */
  stop(): Promise<void>
  crash(): Promise<void>
  /** A request with this token arrives. */
  call(token: string, jti: string): void
  process(): Process | undefined
}

/** What a verifier is made of in a run, each replaceable by something that breaks a rule. Made anew for each process. */
export interface VerifierMade {
  readonly parts: Partial<VerifierParts>
  readonly transport: (transport: Transport, process: Process) => Transport
  readonly world: (process: Process) => Process
  /** What a late answer's lease is worth, where late answers are taken. */
  readonly leaseOf?: typeof fromItsOwnSending
  /** Done before each verdict, one step earlier. */
  readonly before?: (token: string) => void
}

export interface VerifierNeeds {
  readonly machine: Machine
  readonly network: Network
  readonly history: History
  readonly calls: { next: number }
  /** The service that it is a process of. */
  readonly service: string
  readonly setting: Setting
  readonly chance: Chance
  readonly made: (process: Process) => VerifierMade
  /** Called when an answer was worked in: a moment at which a rule is easily broken. */
  readonly onAnswer: () => void
  /** The package's own parts. */
  readonly sound: VerifierParts
}

/** Makes a verifier's machine, no process on it yet. */
export function createVerifierActor(needs: VerifierNeeds): VerifierActor {
  const { machine, network, history, calls, chance, setting, made, sound } = needs
  const { name } = machine
  /** When a token was last accepted, and whether by the lease or by an answer of the issuer. */
  type Decision = { at: number; own: boolean }
  type Running = {
    process: Process
    verifier: ReturnType<typeof createVerifier>
    last: Map<string, Decision>
    /** Of open streams, by token. */
    signals: Map<string, AbortSignal[]>
    before: VerifierMade['before']
  }
  let running: Running | undefined

  const decided = (mine: Running, call: number, jti: string, accepted: boolean, reason: string, isUnavailable: boolean) =>
    history.add({
      ...((accepted && mine.last.get(jti)) || { at: mine.process.now(), own: false }),
      what: 'decided',
      call,
      accepted,
      reason,
      ...(isUnavailable ? { unavailable: true } : {}),
    })

  const transportOf = (mine: VerifierMade, process: Process): Transport => {
    const plain = mine.transport(networkTransport(network, process, needs.service), process)
    const lossy = setting.followsLost === undefined ? plain : losingFollows(plain, process, () => chance.happens(setting.followsLost ?? 0))
    if (setting.losesOneIn !== undefined) return losingOne(lossy, process, setting.losesOneIn * setting.leaseMs, chance)
    if (setting.spareRequests)
      return {
        ...lossy,
        follow: withSpareRequests(
          lossy.follow,
          () => undefined,
          (ms) => abortsAfter(process, ms),
        ),
      }
    return setting.takesLateAnswers ? takingLateAnswers(lossy, process, mine.leaseOf) : lossy
  }

  return {
    name,
    machine,
    process: () => running?.process,
    start(inside) {
      const process = inside?.process ?? machine.start()
      const mine = made(process)
      const signals = new Map<string, AbortSignal[]>()
      const parts = { ...sound, ...knowing(sound), ...mine.parts }
      const leases = new Set<unknown>()
      const last = new Map<string, Decision>()
      const verifier = createVerifier({
        issuer: ISSUER,
        audience: AUDIENCE,
        logger: quiet,
        world: mine.world(process),
        transport: inside?.transport ?? transportOf(mine, process),
        parts: {
          ...parts,
          takeAnswer(...answer) {
            parts.takeAnswer(...answer)
            needs.onAnswer()
          },
          makeLease() {
            const lease = parts.makeLease()
            leases.add(lease)
            return lease
          },
          decide(token, copy, warrant, world) {
            const decision = parts.decide(token, copy, warrant, world)
            // What comes after it in the same event, a stop among it, is no part of the decision.
            if (decision === 'accepted') last.set(token.claims.jti, { at: process.now(), own: leases.has(warrant) })
            if (isCovered(decision) && signals.get(token.claims.jti)?.some(({ aborted }) => !aborted)) {
              history.add({ at: process.now(), what: 'streaming', jti: token.claims.jti, verifier: name, reason: decision })
            }
            return decision
          },
        },
      })
      running = { process, verifier, last, signals, before: mine.before }
      history.note(process.now(), name, 'starts, cold')
    },
    async stop() {
      const stopping = running
      if (!stopping) return
      await stopping.process.between()
      history.note(stopping.process.now(), name, 'shuts down')
      await stopping.verifier.close()
      if (stopping.process.machine === machine) stopping.process.kill()
      if (running === stopping) running = undefined
    },
    async crash() {
      const dying = running
      await dying?.process.between()
      if (!dying || running !== dying) return
      history.note(dying.process.now(), name, 'crashes')
      if (dying.process.machine === machine) dying.process.kill()
      running = undefined
    },
    call(token, jti) {
      const mine = running
      if (!mine?.process.alive()) return
      mine.process.soon(0, () => {
        const call = ++calls.next
        history.add({ at: mine.process.now(), what: 'call', call, jti, verifier: name })
        if (!mine.before) return void verify()
        mine.before(token)
        void mine.process.step().then(verify)

        async function verify(): Promise<void> {
          const verdict = await mine!.verifier.verify({ token })
          const isAccepted = verdict.outcome === 'accepted'
          decided(mine!, call, jti, isAccepted, isAccepted ? '' : verdict.reason, verdict.outcome === 'unavailable')
          if (!isAccepted) return
          if (chance.happens(0.3)) mine!.signals.set(jti, [...(mine!.signals.get(jti) ?? []), verdict.signal])
          // Later, just before work that cannot be undone, it is asked again: still the same request.
          mine!.process.soon(chance.between(0, setting.leaseMs), () =>
            decided(mine!, call, jti, verdict.valid(), 'not valid any more', true),
          )
        }
      })
    },
  }
}

/** A cache that also knows what was signed in the run, for whoever has the key: the same check at three verifiers shows no more than one. */
function knowing(sound: typeof soundParts): Pick<VerifierParts, 'makeTokenCache' | 'makeKeySet'> {
  let keys: ReturnType<typeof soundParts.makeKeySet> | undefined
  return {
    makeKeySet: (needs) => (keys = sound.makeKeySet(needs)),
    makeTokenCache(most) {
      const cache = sound.makeTokenCache(most)
      return {
        ...cache,
        get(text) {
          const known = cache.get(text)
          if (known) return known
          const found = signedBy(text, (kid) => keys?.find(kid) !== undefined)
          if (!found || found.claims.aud !== AUDIENCE || found.claims.iss !== ISSUER) return undefined
          const good = { claims: found.claims, kid: found.kid, leeway: LEEWAY, heldBy: undefined, heldAt: 0 }
          cache.set(text, good)
          return good
        },
      }
    },
  }
}

/** Whether a decision says that the ledger covers the token: V3 has aborted its signals by then. */
function isCovered(decision: string): boolean {
  return /_(?:ended|cut|stale)$/.test(decision)
}

/** The way to the issuer over the network. */
function networkTransport(network: Network, process: Process, service: string): Transport {
  const call = (request: unknown, signal?: AbortSignal) => network.call(process, 'issuer', request, signal) as Promise<TransportAnswer>
  return {
    follow: (request, signal) => call({ op: 'follow', service, request }, signal),
    release: (request) => call({ op: 'release', service, request }).then(() => undefined),
    introspect: (token, signal) => call({ op: 'introspect', token }, signal),
    keys: (signal) => call({ op: 'keys' }, signal),
  }
}

function abortsAfter(process: Process, milliseconds: number): AbortSignal {
  const controller = new AbortController()
  process.after(milliseconds, () => controller.abort())
  return controller.signal
}

/** Most requests to follow get nowhere. */
function losingFollows(transport: Transport, process: Process, lost: () => boolean): Transport {
  return {
    ...transport,
    follow: (request, signal) =>
      lost() ? new Promise((_, reject) => process.soon(5, () => reject(new Error('lost')))) : transport.follow(request, signal),
  }
}

/** Once in so many milliseconds a request, or its answer, vanishes. */
function losingOne(transport: Transport, process: Process, every: number, chance: Chance): Transport {
  let next = process.now() + chance.between(0.3, 1) * every
  return {
    ...transport,
    follow(request, signal) {
      if (process.now() < next) return transport.follow(request, signal)
      next = process.now() + chance.between(1, 1.5) * every
      if (chance.happens(0.5)) void transport.follow(request, signal).catch(() => undefined)
      return new Promise(() => {})
    },
  }
}
