import { CurfewError } from '../errors.ts'
import { type Imported, importPerson } from '../use-cases/import-person.ts'
import type { Command } from './command.ts'

/** What came of the lines of one part of a file: how many, and what there is to tell. */
export interface ImportedPart {
  readonly added: number
  readonly unchanged: number
  readonly told: readonly { readonly line: number; readonly outcome: 'different' | 'rejected'; readonly why: string }[]
}

/** Rows of one part: what fits a line of the control socket. */
const most = 1000

/** `curfew users import`: one part of a file. Each person is stored whole or not at all; all of them share a few transactions. */
export const importCommand: Readonly<Record<string, Command>> = {
  'users.import': async (args, services) => {
    if (!services.accounts.builtIn)
      throw new CurfewError('The users are kept by the application, not by Curfew: there is nothing to import them into.')
    const rows = rowsOf(args.rows)
    const clientIds = new Set((await services.store.lists.clients()).map(({ id }) => id))
    const how = { dryRun: args.dry_run === true, clientIds }
    // In order where two lines have the same name: the first one counts.
    const done = new Map<string, Promise<Imported>>()
    const outcomes = await Promise.all(
      rows.map(async ({ line, row }) => {
        const name = typeof row.identifier === 'string' ? row.identifier.normalize('NFKC').trim().toLowerCase() : `\0${line}`
        const before = done.get(name)
        const mine = (before ?? Promise.resolve()).then(() => importPerson(row, how, services))
        done.set(name, mine)
        return { line, ...(await mine) }
      }),
    )
    const count = (outcome: Imported['outcome']): number => outcomes.filter((one) => one.outcome === outcome).length
    const told = outcomes.flatMap((one) => ('why' in one ? [{ line: one.line, outcome: one.outcome, why: one.why }] : []))
    const part: ImportedPart = { added: count('added'), unchanged: count('unchanged'), told }
    return part
  },
}

function rowsOf(value: unknown): readonly { readonly line: number; readonly row: Readonly<Record<string, unknown>> }[] {
  const isRow = (one: unknown): boolean =>
    typeof one === 'object' && one !== null && 'line' in one && typeof one.line === 'number' && 'row' in one && isObject(one.row)
  if (!Array.isArray(value) || value.length > most || !value.every(isRow)) throw new CurfewError('rows must be a list of lines.')
  return value
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
