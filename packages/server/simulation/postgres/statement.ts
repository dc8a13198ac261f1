import type { Statement } from '../../src/store/postgres/driver.ts'
import { type Cell, isSame, type Line } from './tables.ts'
import type { Scope, Steps } from './transaction.ts'

/** What a statement came to. */
export interface Result {
  readonly rows: readonly (readonly Cell[])[]
  readonly rowCount: number
  readonly command?: string
}

/** A parameter: a list is an array of the database. */
export type Value = NonNullable<Statement['values']>[number]

/** Carries out a statement: at once, or with locks that it may have to wait for. */
export type Run = (scope: Scope, values: readonly Value[]) => Result | Steps<Result>

/** One statement of the adapter: how it is known, by its text with single spaces, and how it is carried out. */
export interface Known {
  readonly is: Pick<RegExp, 'test'>
  /** Called once a text. */
  make(text: string): Run
}

/** An error of the server. */
export function sqlError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

/** Rows of a join, by the aliases of its tables; undefined where an outer join found none. */
export type Joined = Readonly<Record<string, Line | undefined>>

/** Nothing but that so many rows were changed or locked. */
export function counted(rowCount: number): Result {
  return { rows: [], rowCount }
}

/** Reads the list of a SELECT. What it names is a column of an alias, or a whole number; for anything else `special` says what it is. */
export function selecting(
  list: string,
  special: Readonly<Record<string, (joined: Joined) => Cell>> = {},
): (rows: readonly Joined[]) => Result {
  const columns = list.split(',').map((item): ((joined: Joined) => Cell) => {
    const name = item.trim()
    const known = special[name]
    if (known) return known
    const [, alias, column] = /^(\w+)\.(\w+)$/.exec(name) ?? []
    if (alias !== undefined && column !== undefined) return (joined) => joined[alias]?.[column] ?? null
    if (/^\d+$/.test(name)) return () => Number(name)
    throw new Error(`The simulated PostgreSQL cannot select ${JSON.stringify(name)}.`)
  })
  return (rows) => ({ rows: rows.map((joined) => columns.map((read) => read(joined))), rowCount: rows.length })
}

/** The list of the first SELECT of a text. */
export function listOf(text: string): string {
  return /^SELECT (.*?) FROM /.exec(text)?.[1] ?? ''
}

/** The parameters that `unnest(…) AS q(…)` makes rows of. `nth` counts from 1, where it is asked for. */
export function unnesting(text: string): (values: readonly Value[]) => readonly Line[] {
  const [, given, names] = /unnest\(((?:\$\d+::\w+\[\](?:, )?)+)\)(?: WITH ORDINALITY)? AS q\(([^)]*)\)/.exec(text) ?? []
  if (given === undefined || names === undefined) throw new Error(`The simulated PostgreSQL finds no rows in: ${text}`)
  const columns = names.split(', ')
  const places = [...given.matchAll(/\$(\d+)::/g)].map(([, number]) => Number(number) - 1)
  return (values) => {
    const first = values[places[0]!] as readonly Cell[]
    return first.map((_, index) => {
      const line: Record<string, Cell> = {}
      for (const [at, column] of columns.entries()) {
        const place = places[at]
        line[column] = place === undefined ? index + 1 : ((values[place] as readonly Cell[])[index] ?? null)
      }
      return line
    })
  }
}

/** The first row with this in a column. */
export function found(rows: Iterable<Line>, column: string, value: Cell | undefined): Line | undefined {
  for (const line of rows) if (isSame(line[column], value)) return line
  return undefined
}

/** All of them. */
export function allWith(rows: Iterable<Line>, column: string, value: Cell | undefined): Line[] {
  const those: Line[] = []
  for (const line of rows) if (isSame(line[column], value)) those.push(line)
  return those
}

/** By a column: numbers, text, or bytes. */
export function byColumn(column: string, isDown = false): (one: Line, other: Line) => number {
  const sign = isDown ? -1 : 1
  return (one, other) => {
    const [a, b] = [one[column], other[column]]
    if (a instanceof Uint8Array && b instanceof Uint8Array) return sign * Buffer.compare(a, b)
    return a === b ? 0 : a! < b! ? -sign : sign
  }
}
