import type { EndingAnswer } from './answer.ts'
import { createDevice, createPasswords, type Device, end } from './people.ts'
import type { Stage } from './stage.ts'
import type { VerifierActor } from './verifier.ts'

/** How a device's life goes in a plot. Times in true milliseconds, each at random up to the figure. */
export interface Life {
  /** Between two lives. */
  readonly rest: number
  /** Between signing in and the end. */
  readonly use: number
  /** How likely it refreshes in between. */
  readonly refreshes?: number
  /** Whether it may be ended by a cut, or only by its own sign-out. */
  readonly cuts?: boolean
  /** How likely the sign-out is asked for once more: at once, beside the first one, or later. */
  readonly again?: number
  /** What happens just before the end. */
  before?(device: Device): Promise<void> | void
}

/** A user signs in, uses services, and is signed out, over and over. */
export async function lives(stage: Stage, user: number, life: Life): Promise<void> {
  const { chance } = stage
  const { pace = 1 } = stage.setting
  const device = createDevice(stage, user, createPasswords(stage))
  for (;;) {
    await stage.sleep(chance.between(0, life.rest * pace))
    const tokens = await device.signIn()
    if (!tokens) continue
    await device.use(chance.between(0, life.use * pace), Math.max(20, (life.use * pace) / 6))
    if (chance.happens(life.refreshes ?? 0)) await device.refresh()
    await life.before?.(device)
    const again = chance.happens(life.again ?? 0)
    const first = endOf(stage, device, user, tokens.sid, life.cuts ?? false)
    if (again && chance.happens(0.5)) void stage.sleep(chance.between(0, 50)).then(() => device.signOut())
    // Whoever gets no answer asks again, as a person does.
    const answer = await Promise.race([first, stage.sleep(stage.setting.leaseMs * 3)])
    if (answer === undefined || again) await device.signOut()
  }
}

function endOf(stage: Stage, device: Device, user: number, sid: string | undefined, cuts: boolean): Promise<EndingAnswer | undefined> {
  const { chance } = stage
  const how = cuts ? chance.below(7) : 0
  if (how === 3 && sid !== undefined) return end(stage, { session: sid })
  if (how === 4) return end(stage, { user: stage.cast.users[user - 1]! })
  if (how === 5) return end(stage, { client: 'first-party' })
  if (how === 6) return end(stage, { everything: true })
  return device.signOut(chance.one([undefined, undefined, undefined, 0, 1]))
}

/** A verifier's process ends and another begins, over and over; requests come as soon as it is there. */
export async function restartsOf(stage: Stage, verifier: VerifierActor, every: number, away: number, politely = 0.3): Promise<void> {
  const { chance } = stage
  for (;;) {
    await stage.sleep(chance.between(0, every))
    if (chance.happens(politely)) await verifier.stop()
    else await verifier.crash()
    await stage.sleep(chance.between(0, away))
    verifier.start()
    press(stage)
  }
}

/** A verifier is cut off from the issuer now and then; its callers reach it. */
export async function cutsOf(stage: Stage, verifier: VerifierActor, every: number, long: number): Promise<void> {
  for (;;) {
    await stage.sleep(stage.chance.between(0, every))
    const milliseconds = stage.chance.between(0, long)
    stage.network.cut(verifier.name, milliseconds)
    await stage.sleep(milliseconds)
  }
}

/** A verifier is stopped now and then, for a time between these two. */
export async function stopsOf(stage: Stage, verifier: VerifierActor, every: number, [low, high]: readonly [number, number]): Promise<void> {
  for (;;) {
    await stage.sleep(stage.chance.between(0, every))
    const milliseconds = stage.chance.between(low, high)
    verifier.process()?.pause(milliseconds)
    await stage.sleep(milliseconds + 0.1)
    press(stage)
  }
}

/** The issuer's process ends and another begins, over and over. `crashes`: how likely it is no clean stop. */
export async function restartsOfIssuer(stage: Stage, every: readonly [number, number], away: number, crashes: number): Promise<void> {
  const { chance, issuer, setting } = stage
  for (;;) {
    await stage.sleep(chance.between(every[0], every[1]))
    if (!chance.happens(crashes)) await Promise.race([issuer.stop(), stage.sleep(setting.leaseMs)])
    await issuer.crash() // also what a stop that hangs comes to
    await stage.sleep(chance.between(0, away))
    await issuer.start()
    press(stage)
  }
}

/** Requests with the latest tokens now, and for a lease from now on. */
export function press(stage: Stage): void {
  stage.press(stage.known().slice(-3), stage.setting.leaseMs, 5)
}
