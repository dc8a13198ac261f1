import type { Entry } from '@curfew/verifier/wire'
import type { Effect } from '../../domain/effect.ts'
import type { Instant } from '../../domain/instant.ts'
import type { At } from '../../domain/position.ts'
import { bytesText, hashBytes, idBytes } from '../blob.ts'
import { entry, registrationOf } from '../rows.ts'
import { appendLines, type Line, lineOf, type Numbered, untilOf } from './append.ts'
import type { Answer, Statement, Value } from './driver.ts'
import { MismatchError } from './failures.ts'
import { type StepName, stepOrder, steps } from './steps.ts'

type Plain = Exclude<Effect, Numbered>

/** An effect as a row of its step. */
interface Placed {
  readonly step: StepName
  readonly row: readonly Value[]
}

/** What a verdict leaves behind, checked as far as it can be without the database. */
export interface Prepared {
  readonly plain: readonly Placed[]
  readonly lines: readonly Line[]
  /** P4: at the number of the cut that the same verdict makes. */
  readonly births: readonly ((pos: number) => Placed)[]
}

/** What a batch came to: the entries of each job. */
export interface Carried {
  readonly entries: readonly (readonly Entry[])[]
  /** Of L2, where there are entries. */
  readonly clock: Instant
}

/** Turns effects into rows. Throws where one says what cannot be. */
export function prepareEffects(effects: readonly Effect[], at: At): Prepared {
  const plain: Placed[] = []
  const lines: Line[] = []
  const births: ((pos: number) => Placed)[] = []
  for (const effect of effects) {
    if (effect.do === 'end' || effect.do === 'cut' || effect.do === 'stale') lines.push(lineOf(effect))
    else if ('position' in effect && effect.position === 'thisCut') births.push((pos) => placed(effect, pos))
    else plain.push(placed(effect, 'position' in effect ? bornAt(effect.position as number, at) : 0))
  }
  for (const birth of births) birth(0) // what cannot be stored is refused now
  if (births.length > 0 && lines.filter(({ sort }) => sort === 'cut').length !== 1)
    throw new Error('A birth at "thisCut" needs exactly one cut in the same verdict.')
  return { plain, lines, births }
}

/** A position ahead of the ledger would outlive cuts to come. */
function bornAt(position: number, at: At): number {
  if (!Number.isSafeInteger(position) || position < 0 || position > at.head) throw new Error('A position comes from `begin` of this store.')
  return position
}

/**
 * Carries out what a batch leaves behind: one statement a sort of effect, tables in the order in which they are locked, numbers last (L2).
 * Alone, in the order of the list, one by one: then what fails is the update that is there.
 */
export async function carryOut(
  batch: readonly (Prepared | undefined)[],
  how: {
    all(statements: readonly Statement[]): Promise<readonly Answer[]>
    readonly isAlone: boolean
    readonly tag: string
    readonly numbered: (base: number) => void
  },
): Promise<Carried> {
  const lines = batch.flatMap((one) => one?.lines ?? [])
  const locks = lines.flatMap(({ lock }): Placed[] => (lock ? [{ step: lock[0], row: lock[1] }] : []))
  const plain = batch.flatMap((one) => one?.plain ?? [])
  const groups = how.isAlone ? [...plain.map((one) => [one]), ...bySteps(locks)] : bySteps([...plain, ...locks])
  if (groups.length === 0 && lines.length === 0) return { entries: batch.map(() => []), clock: 0 }

  const append = lines.length > 0 ? [appendLines(lines, `entry ${how.tag}`)] : []
  const answers = await how.all([...groups.map(statementOf), ...append])
  check(groups, answers)
  if (lines.length === 0) return { entries: batch.map(() => []), clock: 0 }

  const [base, maxTtl, clock] = answers.at(-1)!.rows[0] as readonly [number, number, number]
  how.numbered(base)
  let seq = base
  const entries = batch.map((one) =>
    (one?.lines ?? []).map((line) => entry(++seq, line.sort, line.what, line.name, untilOf(line, clock, maxTtl))),
  )
  const births = bySteps(batch.flatMap((one, index) => (one?.births ?? []).map((birth) => birth(thisCut(entries[index]!)))))
  if (births.length > 0) check(births, await how.all(births.map(statementOf)))
  return { entries, clock }
}

function thisCut(entries: readonly Entry[]): number {
  return entries.find((one) => 'cut' in one)!.seq
}

/** In the order of the steps. */
function bySteps(all: readonly Placed[]): (readonly Placed[])[] {
  const groups = Map.groupBy(all, ({ step }) => step)
  return stepOrder.flatMap((step) => {
    const group = groups.get(step)
    return group ? [group] : []
  })
}

function statementOf(group: readonly Placed[]): Statement {
  return steps[group[0]!.step].statement(group.map(({ row }) => row))
}

function check(groups: readonly (readonly Placed[])[], answers: readonly Answer[]): void {
  for (const [index, group] of groups.entries()) {
    const { step } = group[0]!
    const expected = step === 'touchSession' ? new Set(group.map(({ row }) => bytesText(row[0]))).size : group.length
    const { rowCount } = answers[index]!
    if (steps[step].isChecked && rowCount !== expected) throw new MismatchError(step, rowCount, expected)
  }
}

/** An effect's step and row. `pos`: the number at which a birth is born. */
function placed(effect: Plain, pos: number): Placed {
  return { step: effect.do, row: (rows[effect.do] as (effect: Plain, pos: number) => readonly Value[])(effect, pos) }
}

const rows: { [K in Plain['do']]: (effect: Extract<Plain, { do: K }>, pos: number) => readonly Value[] } = {
  addUser({ user: u }) {
    const names = [u.sub, idBytes(u.usr), u.identifier ?? null, u.password ?? null, u.name ?? null]
    return [...names, json(u.roles), json(u.scopes), json(u.claims), u.disabled, u.createdAt, u.mail ?? null, u.mailVerified ?? false]
  },
  changeUser: ({ sub, to }) => [
    ...[sub, to.name ?? null, json(to.roles), json(to.scopes), json(to.claims), to.disabled ?? null, to.password ?? null],
    ...[to.mail ?? null, to.mailVerified ?? null],
  ],
  removeUser: ({ sub }) => [sub],
  mailLink: ({ link: l }) => [l.sub, l.purpose, hashBytes(l.hash), l.mail, l.pos, l.createdAt, l.expiresAt],
  useLink: ({ hash }) => [hashBytes(hash)],
  openSession({ session: s }, pos) {
    const what = [idBytes(s.sid), s.clientId, pos, s.cookie === undefined ? null : hashBytes(s.cookie), s.device ?? null, s.address ?? null]
    const when = [s.authTime, s.amr.join(' '), s.createdAt, s.lastUsedAt, s.idleExpiresAt, s.expiresAt]
    return [...what, ...when, s.sub, idBytes(s.usr)]
  },
  openGrant({ grant: g }, pos) {
    const what = [idBytes(g.gid), idBytes(g.sid), g.offline, g.clientId, g.scope, g.audience, pos, g.generation]
    const how = [g.rotatedAt, g.authTime, g.amr.join(' '), g.device ?? null, g.createdAt, g.lastUsedAt, g.idleExpiresAt, g.expiresAt]
    return [...what, ...how, g.address ?? null, g.sub, idBytes(g.usr)]
  },
  issueCode({ code: c }) {
    const what = [hashBytes(c.hash), c.clientId, c.redirectUri, c.challenge, idBytes(c.sid), c.scope, c.audience, c.pos, c.nonce ?? null]
    return [...what, c.authTime, c.amr.join(' '), c.createdAt, c.expiresAt, c.sub, idBytes(c.usr)]
  },
  touchSession: ({ sid, lastUsedAt, idleExpiresAt }) => [idBytes(sid), lastUsedAt, idleExpiresAt],
  reauthenticate: ({ sid, cookie, authTime, amr, address }) => [
    ...[idBytes(sid), cookie === undefined ? null : hashBytes(cookie), authTime, amr.join(' '), address ?? null],
  ],
  reauthenticateGrant: ({ gid, authTime, amr, address }) => [idBytes(gid), authTime, amr.join(' '), address ?? null],
  throttle: ({ key, arrival }) => [hashBytes(key), arrival],
  giveBack: ({ key, by }) => [hashBytes(key), by],
  rotate: ({ gid, generation, at, idleExpiresAt }) => [idBytes(gid), generation, at, idleExpiresAt],
  redeem: ({ hash, gid }) => [hashBytes(hash), idBytes(gid)],
  consent: ({ clientId, audience, redirectHost, scope, at, sub }) => [clientId, audience, redirectHost, scope, at, sub],
  withdraw: ({ sub, clientId }) => [sub, clientId],
  putClient: ({ client }) => [client.id, registrationOf(client)],
  putService: ({ service: s }) => [
    ...[s.id, s.secret === undefined ? null : hashBytes(s.secret), s.audience, s.checks, s.public, s.maxRows, s.refused, s.from],
  ],
  removeService: ({ id }) => [id],
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value)
}
