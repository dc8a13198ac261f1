import { CurfewError } from '../errors.ts'

/** How a file of people is written: one JSON object a line, or comma-separated values with a head. */
export type PeopleFormat = 'csv' | 'ndjson'

/** One person of a file, by the number of the line where they begin; or why that line cannot be read. */
export type PersonLine =
  | { readonly line: number; readonly row: Readonly<Record<string, unknown>> }
  | { readonly line: number; readonly problem: string }

/** A person takes less. */
const longestLine = 65_536
const lists = ['roles', 'scopes']
const flags = ['mail_verified', 'disabled']
const known = ['identifier', 'password', 'name', ...lists, 'mail', 'sub', ...flags]

/** Reads people one by one, however many there are: no more than one of them is in memory. */
export async function* readPeople(text: AsyncIterable<string>, format: PeopleFormat): AsyncGenerator<PersonLine> {
  if (format === 'ndjson') yield* readLines(text)
  else yield* readCsv(text)
}

async function* readLines(text: AsyncIterable<string>): AsyncGenerator<PersonLine> {
  let rest = ''
  let line = 0
  let isTooLong = false
  for await (const chunk of text) {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      line += 1
      if (isTooLong || part.length > longestLine) yield { line, problem: tooLong }
      else yield* oneLine(line, part)
      isTooLong = false
    }
    if (rest.length > longestLine) {
      rest = ''
      isTooLong = true
    }
  }
  if (isTooLong) yield { line: line + 1, problem: tooLong }
  else yield* oneLine(line + 1, rest)
}

const tooLong = 'the line is longer than 64 KiB'

function* oneLine(line: number, text: string): Generator<PersonLine> {
  const plain = text.replace(/^\uFEFF/, '').trim()
  if (plain === '') return
  let value: unknown
  try {
    value = JSON.parse(plain)
  } catch {
    yield { line, problem: 'it is not JSON' } // the parser's own words would repeat what stands there
    return
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) yield { line, problem: 'it is not a JSON object' }
  else yield { line, row: Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null)) }
}

async function* readCsv(text: AsyncIterable<string>): AsyncGenerator<PersonLine> {
  let head: readonly string[] | undefined
  for await (const { line, cells, problem } of readRecords(text)) {
    if (!head) {
      head = readHead(cells)
    } else if (problem !== undefined) {
      yield { line, problem }
    } else if (cells.length !== head.length) {
      yield { line, problem: `it has ${cells.length} fields, and the head has ${head.length}` }
    } else {
      yield personOf(line, head, cells)
    }
  }
  if (!head) throw new CurfewError('The file is empty. Its first line must name the fields: identifier,password,name,…')
}

function readHead(cells: readonly string[]): readonly string[] {
  const head = cells.map((cell) =>
    cell
      .replace(/^\uFEFF/, '')
      .trim()
      .toLowerCase(),
  )
  const unknown = head.find((name) => !known.includes(name))
  if (unknown !== undefined || !head.includes('identifier'))
    throw new CurfewError(
      `The first line must name the fields, one of them identifier. Known are ${known.join(', ')}. Nothing was imported.`,
    )
  if (new Set(head).size !== head.length) throw new CurfewError('The first line names a field twice. Nothing was imported.')
  return head
}

/** An empty cell says nothing. Lists are separated by spaces; a flag is true or false. */
function personOf(line: number, head: readonly string[], cells: readonly string[]): PersonLine {
  const row: Record<string, unknown> = {}
  for (const [index, name] of head.entries()) {
    const cell = cells[index]!
    if (cell === '') continue
    if (lists.includes(name)) row[name] = cell.split(/\s+/).filter((one) => one !== '')
    else if (!flags.includes(name)) row[name] = cell
    else if (/^(true|1|yes)$/i.test(cell)) row[name] = true
    else if (/^(false|0|no)$/i.test(cell)) row[name] = false
    else return { line, problem: `${name} is neither true nor false` }
  }
  return { line, row }
}

interface CsvRecord {
  readonly line: number
  readonly cells: readonly string[]
  readonly problem?: string
}

/** RFC 4180: quotes around what holds commas, quotes or line ends; a quote inside is written twice. */
async function* readRecords(text: AsyncIterable<string>): AsyncGenerator<CsvRecord> {
  let cells: string[] = []
  let cell = ''
  let size = 0
  let line = 1
  let began = 1
  let state: 'start' | 'plain' | 'quoted' | 'after' = 'start'
  let problem: string | undefined
  const endCell = (): void => {
    cells.push(cell)
    cell = ''
    state = 'start'
  }
  const endRecord = (): CsvRecord | undefined => {
    endCell()
    const isEmpty = cells.length === 1 && cells[0] === '' && problem === undefined
    const record = { line: began, cells, ...(problem === undefined ? {} : { problem }) }
    cells = []
    size = 0
    problem = undefined
    began = line
    return isEmpty ? undefined : record
  }
  for await (const chunk of text) {
    for (const letter of chunk) {
      if (letter === '\n') line += 1
      size += 1
      if (size > longestLine) {
        // A quote that nobody closed takes in the rest of the file: it ends with its line.
        problem ??= 'the line is longer than 64 KiB, or a quote is not closed'
        cell = ''
        cells = []
        if (state === 'quoted') state = 'plain'
      }
      if (state === 'quoted') {
        if (letter === '"') state = 'after'
        else cell += letter
      } else if (letter === '"' && state === 'after') {
        cell += letter
        state = 'quoted'
      } else if (letter === '"' && state === 'start') {
        state = 'quoted'
      } else if (letter === ',') {
        endCell()
      } else if (letter === '\n') {
        if (cell.endsWith('\r')) cell = cell.slice(0, -1)
        const record = endRecord()
        if (record) yield record
      } else if (state === 'after' && letter !== '\r') {
        problem ??= 'something stands after a closing quote'
      } else if (problem === undefined && !(state === 'after')) {
        cell += letter
        state = 'plain'
      }
    }
  }
  if (state === 'quoted') problem ??= 'a quote is not closed'
  if (cell !== '' || cells.length > 0 || state !== 'start') {
    const record = endRecord()
    if (record) yield record
  }
}
