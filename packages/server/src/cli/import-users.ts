import { createReadStream, statSync } from 'node:fs'
import type { Command } from 'commander'
import type { ImportedPart } from '../control/import-command.ts'
import { CurfewError } from '../errors.ts'
import { asking } from './ask.ts'
import { type Context, examples } from './context.ts'
import { importProgress } from './import-progress.ts'
import { type PeopleFormat, type PersonLine, readPeople } from './people-file.ts'
import { facts, next } from './print.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/** A part of the file that is asked for at once: so many people, or so many bytes. */
const part = { people: 250, bytes: 400_000 }

interface Options {
  readonly format?: string
  readonly dryRun?: boolean
}

/** What came of a whole file. */
interface Totals {
  added: number
  unchanged: number
  different: number
  rejected: number
}

/** `curfew users import FILE` */
export function importUsers(users: Command, context: Context): void {
  const { terminal, tell, out } = context
  const command = users
    .command('import <file>')
    .description('take people over from another system, with their password hashes; - for stdin')
  command
    .option('--format <format>', 'csv or ndjson; otherwise by the name of the file')
    .option('--dry-run', 'look at everything, store nothing')
  command.addHelpText('after', help)
  examples(
    command,
    'curfew users import people.csv --dry-run',
    'curfew users import people.ndjson',
    'export-users | curfew users import - --format ndjson',
  )
  command.action(async (file: string, { format, dryRun = false }: Options) => {
    const totals: Totals = { added: 0, unchanged: 0, different: 0, rejected: 0 }
    const size = file === '-' ? undefined : sizeOf(file)
    const progress = importProgress(terminal, size)
    const toldLine = (line: number, outcome: 'different' | 'rejected', why: string): void => {
      totals[outcome] += 1
      progress.clear()
      terminal.stderr.write(`line ${line}: ${outcome === 'rejected' ? 'not taken: ' : ''}${why}\n`)
    }
    try {
      await asking({ place: context.place(), terminal }, async (ask) => {
        for await (const people of parts(readPeople(textOf(file, terminal, progress.read), formatOf(file, format)))) {
          const rows = people.flatMap((one) => ('row' in one ? [one] : []))
          const answer = rows.length === 0 ? nothing : ((await ask('users.import', { rows, dry_run: dryRun })) as ImportedPart)
          totals.added += answer.added
          totals.unchanged += answer.unchanged
          const unread = people.flatMap((one) =>
            'problem' in one ? [{ line: one.line, outcome: 'rejected' as const, why: one.problem }] : [],
          )
          for (const one of [...answer.told, ...unread].sort((a, b) => a.line - b.line)) toldLine(one.line, one.outcome, one.why)
          progress.done(people.length)
        }
      })
    } catch (error) {
      progress.stop()
      const so = `${totals.added} were added before, each of them whole: correct it, and run the same again.`
      throw error instanceof CurfewError && totals.added > 0 ? new CurfewError(`${error.message} ${so}`) : error
    }
    progress.stop()
    const isWhole = totals.rejected + totals.different === 0
    tell(
      { ...totals, dry_run: dryRun },
      (words) => {
        facts(
          [
            { what: dryRun ? 'would add' : 'added', is: String(totals.added) },
            { what: 'unchanged', is: String(totals.unchanged) },
            { what: 'different', is: `${totals.different}, left as they are`, tone: totals.different > 0 ? 'bad' : 'plain' },
            { what: 'not taken', is: String(totals.rejected), tone: totals.rejected > 0 ? 'bad' : 'plain' },
          ],
          words,
        )
        next(
          dryRun
            ? `curfew users import ${file}`
            : isWhole
              ? 'curfew users list'
              : `curfew users import ${file}   (again, when the lines are right)`,
          out(),
        )
      },
      isWhole ? 0 : 1,
    )
  })
}

const nothing: ImportedPart = { added: 0, unchanged: 0, told: [] }

const help = `
Fields: identifier, password (a hash), name, roles, scopes, mail, mail_verified, disabled, sub.
CSV has them in its first line; lists are separated by spaces. NDJSON has one object a line.
Hashes: argon2id, argon2i, bcrypt, scrypt, PBKDF2; each becomes Argon2id at its owner's next sign-in.
Each person is stored whole or not at all. Whoever is there already stays as they are, so twice does no harm.`

function sizeOf(file: string): number {
  return statSync(file).size
}

function formatOf(file: string, given: string | undefined): PeopleFormat {
  const named = given ?? (/\.csv$/i.test(file) ? 'csv' : /\.(ndjson|jsonl)$/i.test(file) ? 'ndjson' : undefined)
  if (named === 'csv' || named === 'ndjson') return named
  throw new UsageError('Which format is it? Say --format csv or --format ndjson.')
}

async function* textOf(file: string, { stdin }: Terminal, read: (bytes: number) => void): AsyncGenerator<string> {
  const stream = file === '-' ? stdin : createReadStream(file)
  stream.setEncoding('utf8')
  for await (const chunk of stream as AsyncIterable<string>) {
    read(Buffer.byteLength(chunk))
    yield chunk
  }
}

async function* parts(people: AsyncIterable<PersonLine>): AsyncGenerator<readonly PersonLine[]> {
  let some: PersonLine[] = []
  let bytes = 0
  for await (const one of people) {
    const size = 'row' in one ? JSON.stringify(one).length * 2 : 0
    if (some.length > 0 && (some.length >= part.people || bytes + size > part.bytes)) {
      yield some
      some = []
      bytes = 0
    }
    some.push(one)
    bytes += size
  }
  if (some.length > 0) yield some
}
