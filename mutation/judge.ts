/** One change of one place, as Stryker's report has it. Lines and columns begin at 1. */
export interface Mutant {
  readonly mutatorName: string
  readonly replacement?: string
  readonly status: string
  readonly location: { readonly start: Place; readonly end: Place }
}

interface Place {
  readonly line: number
  readonly column: number
}

/** What Stryker found in one file. */
export interface FileReport {
  readonly source: string
  readonly mutants: readonly Mutant[]
}

/** Mutations of one line that no test notices, and why none need to. Line and mutation are texts, so that an entry survives what moves around it. */
export interface Explained {
  readonly file: string
  /** The line in which the mutation begins, without its indent. */
  readonly line: string
  /** `was → becomes`, as a run prints it; each stands for one survivor. */
  readonly mutations: readonly string[]
  readonly why: string
}

/** A mutation that no test noticed. */
export interface Survivor {
  readonly file: string
  readonly at: number
  readonly line: string
  readonly mutation: string
}

/** The figures of one file. */
export interface Tally {
  readonly file: string
  readonly killed: number
  /** Of the killed: those that never came to an end. */
  readonly timedOut: number
  /** Those that could not run at all are counted nowhere else. */
  readonly broken: number
  readonly survivors: readonly Survivor[]
}

/** What share of all mutations must be noticed. */
export const floor = 0.9

/** Counts what was found in a file. */
export function tally(file: string, { source, mutants }: FileReport): Tally {
  const count = (...statuses: string[]) => mutants.filter(({ status }) => statuses.includes(status)).length
  return {
    file,
    killed: count('Killed', 'Timeout'),
    timedOut: count('Timeout'),
    broken: count('RuntimeError', 'CompileError'),
    survivors: mutants
      .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
      .map((mutant) => survivor(file, source, mutant)),
  }
}

function survivor(file: string, source: string, { location: { start, end }, replacement = '' }: Mutant): Survivor {
  const lines = source.split('\n')
  const within = lines.slice(start.line - 1, end.line)
  within[within.length - 1] = within.at(-1)!.slice(0, end.column - 1)
  within[0] = within[0]!.slice(start.column - 1)
  const mutation = `${short(within.join('\n'))} → ${short(replacement)}`
  return { file, at: start.line, line: lines[start.line - 1]!.trim(), mutation }
}

function short(code: string): string {
  const line = code.replace(/\s+/g, ' ').trim()
  return line.length > 70 ? `${line.slice(0, 70)}…` : line
}

/** The share that was noticed; 1 where there was nothing to notice. */
export function share(tallies: readonly Tally[]): number {
  const killed = tallies.reduce((sum, one) => sum + one.killed, 0)
  const all = tallies.reduce((sum, one) => sum + one.killed + one.survivors.length, 0)
  return all === 0 ? 1 : killed / all
}

/** The survivors that nobody explained, and the explanations of these files that explain nothing. */
export function judge(tallies: readonly Tally[], explained: readonly Explained[]): { unexplained: Survivor[]; idle: string[] } {
  const key = (one: { file: string; line: string }, mutation: string) => [one.file, one.line, mutation].join('\n')
  const left = new Map<string, number>()
  for (const one of explained) for (const each of one.mutations) left.set(key(one, each), (left.get(key(one, each)) ?? 0) + 1)
  const unexplained = tallies
    .flatMap(({ survivors }) => survivors)
    .filter((one) => {
      const times = left.get(key(one, one.mutation)) ?? 0
      left.set(key(one, one.mutation), times - 1)
      return times <= 0
    })
  const files = new Set(tallies.map(({ file }) => file))
  const idle = [...left].filter(([name, times]) => times > 0 && files.has(name.split('\n')[0]!)).map(([name]) => name)
  return { unexplained, idle }
}

/** Survivors as entries of the list, all but the reason. */
export function entries(survivors: readonly Survivor[]): string {
  const lines = Map.groupBy(survivors, ({ file, line }) => `${file}\n${line}`)
  return [...lines.values()]
    .map((all) => {
      const { file, line, at } = all[0]!
      const mutations = all.map(({ mutation }) => mutation)
      return `  // line ${at}\n  ${JSON.stringify({ file, line, mutations, why: '' })},`
    })
    .join('\n')
}
