import { soundParts } from '../../verifier/src/parts.ts'
import type { Asked } from './answer.ts'
import type { Cast } from './cast.ts'
import type { Chance } from './chance.ts'
import { claimsOf } from './claims-of.ts'
import type { History } from './history.ts'
import type { Issuer } from './issuer.ts'
import type { Knowledge } from './knowledge.ts'
import type { Process } from './machine.ts'
import type { Network } from './network.ts'
import type { DatabaseServer } from './postgres/server.ts'
import type { Setting } from './scenario.ts'
import type { Scheduler } from './scheduler.ts'
import type { VerifierActor } from './verifier.ts'

/** What a scenario has in its hands. */
export interface Stage {
  readonly setting: Setting
  readonly chance: Chance
  readonly cast: Cast
  /** The only one; where there are nodes, one of them at each call. */
  readonly issuer: Issuer
  readonly nodes: readonly Issuer[]
  readonly database: DatabaseServer | undefined
  readonly verifiers: readonly VerifierActor[]
  readonly network: Network
  readonly history: History
  readonly knowledge: Knowledge
  /** R2: `curfew restored`, while no node runs. */
  restored(longestLeaseMs: number): Promise<void>
  now(): number
  /** Goes on so many true milliseconds later; in a lean run sooner. */
  sleep(milliseconds: number): Promise<void>
  /** Whoever calls the issuer: a user's device, a client, an operator. Undefined: no answer. */
  ask<T>(asked: Asked): Promise<T | undefined>
  /** A request with this token at a verifier, or at each of them. */
  call(token: string, verifier?: VerifierActor): void
  /** Requests with these tokens at every verifier, now and again, for so long. */
  press(tokens: readonly string[], milliseconds: number, times: number): void
  /** Requests with some tokens, old and new, at one verifier, now. */
  recall(verifier: string): void
  /** Every token that left the issuer, newest last. */
  remember(token: string): void
  known(): readonly string[]
}

export interface StageNeeds extends Omit<Stage, 'now' | 'sleep' | 'ask' | 'call' | 'press' | 'recall' | 'remember' | 'known'> {
  readonly scheduler: Scheduler
  /** Where users and operators sit: a machine that nothing happens to. */
  readonly outside: Process
}

/** The parts of a verifier as the package has them. */
export const sound: typeof soundParts = soundParts

/** Makes what a scenario works with. */
export function createStage(needs: StageNeeds): Stage {
  const { scheduler, outside, network, verifiers, chance } = needs
  const { quick = 1 } = needs.setting
  const tokens: string[] = []
  const stage: Stage = {
    ...needs,
    now: () => scheduler.now(),
    sleep: (milliseconds) => new Promise((resolve) => scheduler.at(scheduler.now() + milliseconds * quick, resolve)),
    async ask<T>(asked: Asked) {
      try {
        return (await network.call(outside, 'issuer', asked)) as T
      } catch {
        return undefined
      }
    },
    call(token, verifier) {
      const jti = jtiOf(token)
      for (const each of verifier ? [verifier] : verifiers) each.call(token, jti)
    },
    press(pressed, milliseconds, times) {
      for (let index = 0; index < times; index++) {
        const moment = scheduler.now() + (index === 0 ? 0 : chance.next() ** 2 * milliseconds)
        scheduler.at(moment, () => {
          for (const verifier of verifiers) {
            // A few requests that wait for a process which is stopped show as much as hundreds.
            if (verifier.process()?.isStopped() && index > 1) continue
            for (const token of pressed) stage.call(token, verifier)
          }
        })
      }
    },
    recall(name) {
      const verifier = verifiers.find((each) => each.name === name)
      if (tokens.length === 0) return
      // The newest one, and some that are long over.
      const recent = tokens.slice(-24)
      for (const token of new Set([recent.at(-1)!, chance.one(recent), chance.one(recent)])) stage.call(token, verifier)
    },
    remember(token) {
      if (!tokens.includes(token)) tokens.push(token)
    },
    known: () => tokens,
  }
  return stage
}

const jtis = new Map<string, string>()

function jtiOf(token: string): string {
  const known = jtis.get(token)
  if (known !== undefined) return known
  if (jtis.size > 1_000) jtis.clear()
  const { jti } = claimsOf(token)
  jtis.set(token, jti)
  return jti
}
