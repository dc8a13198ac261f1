import { type Done, endEverything, type Kind, kinds, operate, Skip } from '../endings.ts'
import { json, type Seen } from '../http-client.ts'
import type { Device } from '../judge.ts'
import { everyDevice, type Person, refresh, signIn } from '../population.ts'
import { openWeb, webKinds } from '../web.ts'
import type { Checks } from './checks.ts'
import type { Crew } from './crew.ts'
import type { History } from './history.ts'
import { oneOf, shuffled } from './random.ts'
import type { Roster } from './roster.ts'

/** What people do: they sign in, refresh, and end things, in every way there is. */
export interface People {
  /** Ends something of somebody's; if that has no good end, makes sure of it by an operator. */
  end(turn: number): Promise<void>
  /** One more device for somebody, or one more person. */
  replenish(): Promise<void>
  /** A device that lives refreshes, or one that is dead tries to. */
  use(): Promise<void>
  /** A restore ended everybody's: waits until that is confirmed. */
  afterRestore(ended: readonly Device[]): Promise<void>
  endAll(): Promise<void>
  /** How often each way of ending was confirmed. */
  readonly endings: Record<string, number>
  readonly errors: Record<string, number>
}

/** The device limit has no place here: a lost answer leaves a session of which nobody knows. */
const { 'device limit': _, ...ended } = kinds
/** Those that end everything of a user, or the user, come more rarely: each costs sign-ins. */
const wide = /^(?:all others|everywhere|password changed|operator: user|rights changed|command line.*)$/
/** After these the device goes on with its next refresh. */
const tokenOnly = /^(?:rights changed|operator: token|access token revoked)$/
const ways: readonly (readonly [string, Kind])[] = Object.entries({ ...ended, ...webKinds }).flatMap((way) =>
  wide.test(way[0]) ? [way] : [way, way, way],
)

export function openPeople(given: {
  readonly crew: Crew
  readonly history: History
  readonly roster: Roster
  readonly checks: Pick<Checks, 'ask'>
  readonly random: () => number
  readonly isOver: () => boolean
  readonly devicesEach: number
  readonly most: number
}): People {
  const { crew, history, roster, checks, random, isOver, devicesEach, most } = given
  const { stage } = crew
  const endings: Record<string, number> = {}
  const errors: Record<string, number> = {}
  let made = 0
  let order = ways
  const count = (of: Record<string, number>, name: string): void => {
    of[name] = (of[name] ?? 0) + 1
  }

  /** Nothing else is done with a person meanwhile: which of two racing ones ended a device could not be told. */
  async function alone(person: Person, act: (epoch: number) => Promise<void>): Promise<void> {
    person.busy = true
    const epoch = roster.epoch()
    try {
      await act(epoch)
    } catch (error) {
      if (!(error instanceof Skip)) count(errors, error instanceof Error ? error.message.slice(0, 120) : 'unknown')
    } finally {
      roster.tidy(person, epoch)
      person.busy = false
    }
  }

  async function end(turn: number): Promise<void> {
    if (turn % ways.length === 0) order = shuffled(ways, random)
    const [kind, run] = order[turn % ways.length]!
    const isWeb = kind in webKinds
    const person = roster.pick(random, ({ devices, web }) => devices.length > 1 && (!isWeb || web !== undefined))
    if (!person) return
    await alone(person, async () => {
      const before = everyDevice(person)
      const device = oneOf(person.devices, random)
      let done: Done | undefined
      let wasMade = false
      try {
        done = await run(person, device, stage)
        wasMade = true
      } catch (error) {
        if (error instanceof Skip) throw error
        // Nobody knows what of it was done: their password is what it was, or another.
        count(errors, `${kind}: ${error instanceof Error ? error.message.slice(0, 100) : 'unknown'}`)
        person.gone = true
        await settle(person, before)
      }
      if (done && isWeb && !done.askedLater)
        history.take({ what: 'request', sent: done.sentAt, at: done.confirmedAt, path: kind, status: 200, isConfirmed: true, tries: 0 })
      const over = before.filter(({ confirmedAt }) => confirmedAt !== undefined)
      if (over.length > 0) count(endings, wasMade ? kind : 'operator, after no answer')
      checks.ask(over)
    })
  }

  /** Ends all that this person may still have, until it is confirmed. */
  async function settle(person: Person, devices: readonly Device[]): Promise<void> {
    const open = [...new Set([...devices, ...person.devices])].filter(({ confirmedAt }) => confirmedAt === undefined)
    for (const device of open) {
      device.kind ??= 'operator: session'
      device.endingSince ??= performance.now()
    }
    for (const device of open) {
      while (!isOver()) {
        const answer = await operate(stage, { session: device.sid }).catch(() => undefined)
        if (isConfirmed(answer)) {
          device.confirmedAt = answer!.cameAt
          break
        }
        await later(300)
      }
    }
  }

  async function replenish(): Promise<void> {
    const present = roster.people.filter(({ gone }) => !gone)
    if (present.length < most) {
      made += 1
      const name = `user-${made}`
      const person: Person = { name, password: `the password of ${name}`, sub: '', devices: [], busy: true, gone: false }
      const body = json({ identifier: name, password: person.password, mode: 'token' })
      const answer = await stage.http.call(`${stage.url}/sign-up`, { method: 'POST', ...body }).catch(() => undefined)
      if (answer?.status !== 201) return count(errors, `sign-up: ${answer?.status ?? 'no answer'} ${answer?.text.slice(0, 80) ?? ''}`)
      roster.people.push(person)
      await alone(person, async () => {
        await signIn(person, stage, 'a device')
        await signIn(person, stage, 'another')
        if (made % 3 === 0) await openWeb(person, stage)
      })
      return
    }
    const person = roster.pick(random, ({ devices }) => devices.length < devicesEach)
    if (person)
      await alone(person, async () => {
        await signIn(person, stage, 'one more').catch((error: Error) => {
          if (/: 401/.test(error.message))
            person.gone = true // a restore took them, or their password, back
          else throw error
        })
      })
  }

  async function use(): Promise<void> {
    const note = ({ sentAt, cameAt, status }: Pick<Seen, 'sentAt' | 'cameAt' | 'status'>, device: Device): void => {
      if (roster.numberOf(device) > 0) history.take({ what: 'used', sent: sentAt, at: cameAt, token: roster.numberOf(device), status })
    }
    const dead = random() < 0.3 ? roster.dead.filter(({ refreshToken, kind }) => refreshToken !== '' && !tokenOnly.test(kind ?? '')) : []
    if (dead.length > 0) {
      const device = oneOf(dead, random)
      const body = json({ refresh_token: device.refreshToken })
      note(await stage.http.call(`${stage.url}/session/refresh`, { method: 'POST', ...body }), device)
      return
    }
    const person = roster.pick(random, ({ devices }) => devices.length > 0)
    if (!person) return
    await alone(person, async () => {
      const device = oneOf(person.devices, random)
      let seen: Seen | undefined
      const watched = { call: async (...all: Parameters<typeof stage.http.call>) => (seen = await stage.http.call(...all)) }
      await refresh(person, device, { ...stage, http: { ...stage.http, ...watched } }).catch(() => undefined)
      if (seen) note(seen, device)
    })
  }

  async function afterRestore(ended: readonly Device[]): Promise<void> {
    // Whatever is confirmed after the restore is so at a number above its cut: then that is known everywhere.
    while (!isOver()) {
      const answer = await operate(stage, { session: ended[0]?.sid ?? 'none' }).catch(() => undefined)
      if (isConfirmed(answer)) {
        for (const device of ended) device.confirmedAt = answer!.cameAt
        checks.ask(ended)
        return count(endings, 'backup restored')
      }
      await later(300)
    }
  }

  async function endAll(): Promise<void> {
    const left = [...roster.live]
    await endEverything(left, stage)
    count(endings, 'operator: everything')
    checks.ask(left)
  }

  return { end, replenish, use, afterRestore, endAll, endings, errors }
}

function isConfirmed(answer: Seen | undefined): boolean {
  return answer?.status === 200 && (JSON.parse(answer.text) as { confirmed?: boolean }).confirmed === true
}

const later = (milliseconds: number): Promise<void> => new Promise((passed) => setTimeout(passed, milliseconds))
