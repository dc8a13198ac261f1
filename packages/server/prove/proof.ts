import { type Done, endClient, endEverything, type Kind, kinds, Skip, type Stage } from './endings.ts'
import { json } from './http-client.ts'
import { type Device, judge, type Tally } from './judge.ts'
import { measureFloor } from './measure-floor.ts'
import { bearer, everyDevice, type Person, signIn } from './population.ts'
import { type Cast, raise } from './raise.ts'
import { openWeb, webKinds } from './web.ts'

/** How a proof is run. */
export interface Plan {
  readonly seconds: number
  readonly services: number
  readonly users: number
  readonly devices: number
  /** Endings that are begun a second. */
  readonly pace: number
  /** Ordinary calls a second, at all services together. */
  readonly checks: number
  readonly store: 'sqlite' | 'postgres'
  readonly nodes: number
  readonly sabotage?: string | undefined
  /** Milliseconds. */
  readonly lease: number
  readonly say: (text: string) => void
}

/** What was seen. Times in milliseconds, from sending the call to its confirmed answer. */
export interface Outcome {
  readonly endings: Record<string, number>
  readonly tally: Tally
  readonly times: number[]
  readonly byKind: Record<string, number[]>
  /** The same for a bare long poll in the same run: what machine and load take by themselves. */
  readonly floor: number[]
  readonly errors: string[]
}

/** Starts the issuer and the services, signs everybody in, then ends and checks until the time is over. */
export async function proof(plan: Plan): Promise<Outcome> {
  const cast = await raise(plan)
  try {
    const people = await signEverybodyIn(plan, cast.stage)
    plan.say(`${people.length} people on ${people.flatMap(everyDevice).length} devices; ${plan.seconds} s of endings and checks`)
    return await act(plan, cast, people)
  } finally {
    await cast.end()
  }
}

async function signEverybodyIn(plan: Plan, stage: Stage): Promise<Person[]> {
  const people = Array.from(
    { length: plan.users },
    (_, index): Person => ({
      name: `user-${index}`,
      password: `the password of user ${index}`,
      sub: '',
      devices: [],
      busy: false,
      gone: false,
    }),
  )
  await stage.http.call(`${stage.url}/sign-up`, {
    method: 'POST',
    ...json({ identifier: 'visitor', password: 'the password of visitor', mode: 'token' }),
  })
  const inBrowsers = people.filter((_, index) => index % 2 === 0)
  // As many at once as hash at once; more would only wait.
  await inTurn(people, 4, async (person) => {
    const body = { identifier: person.name, password: person.password, mode: 'token' }
    await stage.http.call(`${stage.url}/sign-up`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      patience: 60_000,
    })
    await Promise.all(Array.from({ length: plan.devices }, (_, index) => signIn(person, stage, `device ${index}`)))
    if (inBrowsers.includes(person)) await openWeb(person, stage)
  })
  return people
}

async function act(plan: Plan, { stage, services }: Cast, people: readonly Person[]): Promise<Outcome> {
  const { tally, take } = judge()
  const outcome: Outcome = { endings: {}, tally, times: [], byKind: {}, floor: [], errors: [] }
  const all = people.flatMap(everyDevice)
  const dead: Device[] = []
  let isOver = false

  const check = async (device: Device, service: (typeof services)[number]): Promise<void> => {
    try {
      const { status, headers, sentAt, cameAt } = await stage.http.call(service.url, { headers: bearer(device.accessToken) })
      take({ device, service: service.name, status, reason: String(headers.reason ?? ''), sentAt, cameAt })
    } catch (error) {
      note(outcome, `${service.name} did not answer: ${String(error)}`)
    }
  }
  const callers = 8
  const caller = async (_: unknown, index: number): Promise<void> => {
    const began = performance.now()
    for (let turn = index; !isOver; turn += 1) {
      const ahead = began + ((turn - index) * callers * 1000) / plan.checks - performance.now()
      if (ahead > 1) await new Promise((later) => setTimeout(later, ahead))
      const pool = turn % 4 === 3 && dead.length > 0 ? dead : all
      const device = pool[Math.floor(Math.random() * pool.length)]
      const service = services[turn % services.length]
      if (device && service) await check(device, service)
    }
  }
  const record = async (kind: string, devices: readonly Device[], done: Done): Promise<void> => {
    outcome.endings[kind] = (outcome.endings[kind] ?? 0) + 1
    if (!done.askedLater) {
      outcome.times.push(done.confirmedAt - done.sentAt)
      outcome.byKind[kind] = [...(outcome.byKind[kind] ?? []), done.confirmedAt - done.sentAt]
    }
    // At once, at every service: requests that begin right after the confirmed answer.
    await Promise.all(devices.flatMap((device) => services.map((service) => check(device, service))))
  }
  const one = async (kind: string, run: Kind, person: Person): Promise<void> => {
    person.busy = true
    try {
      const before = everyDevice(person)
      const device = before.find((candidate) => candidate.endingSince === undefined)
      if (!device) return
      const done = await run(person, device, stage)
      const ended = [...before.filter((candidate) => candidate.confirmedAt !== undefined), ...(done.more ?? [])]
      if (person.web?.device.endingSince !== undefined) person.web = undefined
      all.push(...everyDevice(person).filter((made) => !before.includes(made)))
      remove(person.devices, (candidate) => candidate.endingSince !== undefined)
      await record(kind, ended, done)
      dead.push(...ended.slice(0, 3))
      if (dead.length > 400) dead.splice(0, dead.length - 400)
      remove(all, (candidate) => candidate.confirmedAt !== undefined)
    } catch (error) {
      if (!(error instanceof Skip)) note(outcome, `${kind}: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      person.busy = false
    }
  }

  const calling = Array.from({ length: callers }, caller)
  const floor = await measureFloor(plan.services, plan.pace / 2)
  const under = new Set<Promise<void>>()
  const list = Object.entries({ ...kinds, ...webKinds })
  const end = performance.now() + plan.seconds * 1000
  for (let turn = 0; performance.now() < end; turn += 1) {
    const [kind, run] = list[turn % list.length] as (typeof list)[number]
    const person = pick(people, turn)
    if (person) {
      const work = one(kind, run, person).finally(() => under.delete(work))
      under.add(work)
    }
    await new Promise((later) => setTimeout(later, 1000 / plan.pace))
  }
  await Promise.all(under)
  // What the client `web` has is not the first-party client's.
  const left = people.flatMap(({ devices }) => devices).filter((device) => device.endingSince === undefined)
  await record('operator: client', left, await endClient(left, stage))
  await lastOfAll(people, stage, record, all)
  isOver = true
  await Promise.all(calling)
  outcome.floor.push(...(await floor.stop()))
  return outcome
}

/** Issue 3, done-when 7: everything ends; a sign-in in the same second works everywhere, every token from before is refused everywhere. */
async function lastOfAll(
  people: readonly Person[],
  stage: Stage,
  record: (kind: string, devices: readonly Device[], done: Done) => Promise<void>,
  all: Device[],
): Promise<void> {
  const left = people.flatMap(everyDevice)
  const done = await endEverything(left, stage)
  const person = people.find(({ gone }) => !gone)
  if (person) {
    const fresh = await signIn(person, stage, 'right after')
    all.push(fresh)
    await record('operator: everything', [...left, fresh], done)
  }
}

/** Somebody who still has enough devices, and with whom nothing else is being done. */
function pick(people: readonly Person[], turn: number): Person | undefined {
  for (let step = 0; step < people.length; step += 1) {
    const person = people[(turn * 7 + step) % people.length]
    if (person && !person.busy && !person.gone && person.devices.filter((device) => device.endingSince === undefined).length > 1)
      return person
  }
  return undefined
}

function remove<T>(list: T[], which: (one: T) => boolean): void {
  for (let index = list.length - 1; index >= 0; index -= 1) if (which(list[index] as T)) list.splice(index, 1)
}

function note({ errors }: Outcome, text: string): void {
  if (errors.length < 20) errors.push(text)
}

async function inTurn<T>(list: readonly T[], atOnce: number, work: (one: T) => Promise<void>): Promise<void> {
  const rest = [...list]
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = rest.shift(); next !== undefined; next = rest.shift()) await work(next)
    }),
  )
}
