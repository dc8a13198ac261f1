import type { Device } from '../judge.ts'
import { everyDevice, type Person } from '../population.ts'
import type { History } from './history.ts'
import { oneOf } from './random.ts'

/** Who is there, on which devices; what happens to a device goes into the history by itself. */
export interface Roster {
  readonly people: Person[]
  /** Devices that nobody has begun to end, and some that are confirmed to be ended. */
  readonly live: readonly Device[]
  readonly dead: readonly Device[]
  /** Its number in the history. */
  numberOf(device: Device): number
  /** From now on this device is known: its token is good. `epoch`: the one when what made it was asked for. */
  adopt(device: Device, epoch: number): void
  /** Takes up what a person has got meanwhile, and lets go of what they have lost. */
  tidy(person: Person, epoch: number): void
  /** Twice how many restores there were; odd while one goes on. What was asked for before its end may not be good after it. */
  epoch(): number
  /** A restore begins: all are ended; returns them. Called again when it is over. */
  restored(): Device[]
  /** Somebody with whom nothing else is being done. */
  pick(random: () => number, has: (person: Person) => boolean): Person | undefined
}

/** So many of the dead are asked about again and again. */
const remembered = 600

/** Opens an empty one. */
export function openRoster(history: History, now: () => number): Roster {
  const people: Person[] = []
  const live: Device[] = []
  const dead: Device[] = []
  const numbers = new Map<Device, number>()
  let epoch = 0

  function adopt(device: Device, since: number): void {
    // What was asked for before a restore, or while it goes on (an odd epoch), is not counted upon (R2).
    if (since !== epoch || epoch % 2 === 1 || numbers.has(device) || device.endingSince !== undefined) return
    const token = numbers.size + 1
    numbers.set(device, token)
    const at = now()
    history.take({ what: 'born', at, token, user: device.user, expires: at + (device.expiresAt - Date.now()) - 10_000 })
    live.push(device)
    let [endingSince, confirmedAt]: (number | undefined)[] = []
    Object.defineProperty(device, 'endingSince', {
      get: () => endingSince,
      set(value: number | undefined) {
        if (value === undefined) {
          if (endingSince !== undefined) history.take({ what: 'spared', at: now(), token })
          if (!live.includes(device)) live.push(device)
        } else if (endingSince === undefined) {
          history.take({ what: 'ending', at: value, token, kind: device.kind ?? 'an ending' })
          remove(device)
        }
        endingSince = value
      },
    })
    Object.defineProperty(device, 'confirmedAt', {
      get: () => confirmedAt,
      set(value: number) {
        if (confirmedAt !== undefined) return
        confirmedAt = value
        history.take({ what: 'confirmed', at: value, token })
        dead.push(device)
        if (dead.length > remembered) dead.shift()
      },
    })
  }

  function remove(device: Device): void {
    const index = live.indexOf(device)
    if (index >= 0) live.splice(index, 1)
  }

  return {
    people,
    live,
    dead,
    adopt,
    epoch: () => epoch,
    numberOf: (device) => numbers.get(device) ?? 0,
    tidy(person, since) {
      // A device that refreshed goes on with other tokens; what ends it later ends the one before as well, so that is not asked about any more.
      for (const device of live.filter(({ user }) => user === person.name)) {
        if (!person.devices.includes(device) && person.web?.device !== device) {
          Object.assign(device, { kind: 'a refresh', endingSince: now() })
        }
      }
      for (const device of everyDevice(person)) adopt(device, since)
      if (person.web?.device.endingSince !== undefined) person.web = undefined
      person.devices = person.devices.filter((device) => device.endingSince === undefined && numbers.has(device))
    },
    restored() {
      epoch += 1
      const at = now()
      const ended = [...live]
      for (const device of ended) Object.assign(device, { kind: 'backup restored', endingSince: at })
      for (const person of people) Object.assign(person, { devices: [], web: undefined })
      return ended
    },
    pick(random, has) {
      const free = people.filter((person) => !person.busy && !person.gone && has(person))
      return free.length === 0 ? undefined : oneOf(free, random)
    },
  }
}
