import type { EndingAnswer, Tokens } from './answer.ts'
import type { Target } from './history.ts'
import type { Stage } from './stage.ts'

/** A user's device: what it holds, and what a person does with it. Everything goes over the network, and may get no answer. */
export interface Device {
  readonly user: number
  tokens(): Tokens | undefined
  signIn(cookie?: boolean): Promise<Tokens | undefined>
  refresh(): Promise<Tokens | undefined>
  signOut(wait?: number): Promise<EndingAnswer | undefined>
  /** Ends the user's other devices. */
  signOutOthers(): Promise<EndingAnswer | undefined>
  /** Calls services now and again, for so long. */
  use(milliseconds: number, every: number): Promise<void>
}

/** Which password each user has now. */
export interface Passwords {
  now(user: number): number
  change(device: Device): Promise<EndingAnswer | undefined>
}

/** A device of this user, signed in nowhere. */
export function createDevice(stage: Stage, user: number, passwords: Passwords): Device {
  let held: Tokens | undefined
  const keep = (tokens: Tokens | undefined): Tokens | undefined => {
    if (tokens === undefined || !('access' in tokens)) return undefined
    if (tokens.access !== '') {
      stage.remember(tokens.access)
      stage.call(tokens.access)
    }
    held = { ...held, ...tokens }
    return held
  }
  return {
    user,
    tokens: () => held,
    async signIn(cookie = false) {
      held = undefined
      return keep(await stage.ask<Tokens>({ op: 'sign-in', user, password: passwords.now(user), cookie }))
    },
    async refresh() {
      const token = held?.refresh
      return token === undefined ? undefined : keep(await stage.ask<Tokens>({ op: 'refresh', token }))
    },
    async signOut(wait) {
      const token = held?.access
      if (token === undefined) return undefined
      return settled(stage, await stage.ask<EndingAnswer>({ op: 'sign-out', token, ...(wait === undefined ? {} : { wait }) }))
    },
    async signOutOthers() {
      const token = held?.access
      return token === undefined ? undefined : settled(stage, await stage.ask<EndingAnswer>({ op: 'sign-out-others', token }))
    },
    async use(milliseconds, every) {
      const until = stage.now() + milliseconds
      while (stage.now() < until) {
        await stage.sleep(stage.chance.between(0, 2 * every))
        if (held?.access) stage.call(held.access, stage.chance.one(stage.verifiers))
      }
    },
  }
}

/** Whoever was told `pending` asks for the receipt. */
export async function settled(stage: Stage, answer: EndingAnswer | undefined): Promise<EndingAnswer | undefined> {
  if (answer?.outcome !== 'pending') return answer
  const { id, ending } = answer
  return stage.ask<EndingAnswer>({ op: 'receipt', id, ending, wait: stage.chance.one([0, 1, 30]) })
}

/** An operator ends something. */
export async function end(stage: Stage, target: Target, wait?: number): Promise<EndingAnswer | undefined> {
  return settled(stage, await stage.ask<EndingAnswer>({ op: 'end', target, ...(wait === undefined ? {} : { wait }) }))
}

/** Everybody has their first password. */
export function createPasswords(stage: Stage): Passwords {
  const numbers = new Map<number, number>()
  const now = (user: number) => numbers.get(user) ?? 1
  return {
    now,
    async change(device) {
      const { user } = device
      const token = device.tokens()?.access
      if (token === undefined) return undefined
      const [current, next] = [now(user), now(user) + 1]
      const answer = await stage.ask<EndingAnswer & { refused?: string }>({ op: 'change-password', token, user, current, next })
      if (answer === undefined || answer.refused !== undefined) return undefined
      numbers.set(user, next)
      if (answer.tokens?.access) {
        stage.remember(answer.tokens.access)
        stage.call(answer.tokens.access)
      }
      return settled(stage, answer)
    },
  }
}
