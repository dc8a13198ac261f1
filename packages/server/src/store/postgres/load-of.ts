import type { At } from '../../domain/position.ts'
import type { User } from '../../domain/user.ts'
import type { Held, Issuer, Load } from '../store.ts'
import type { Answer, Row, Statement } from './driver.ts'
import { lives } from './live.ts'

/** How loads of one kind are read, many at a time: the statements, and what each load holds by their answers. */
export interface LoadOf<K extends Load['kind']> {
  statements(loads: readonly Extract<Load, { kind: K }>[]): readonly Statement[]
  held(answers: readonly Answer[], loads: readonly Extract<Load, { kind: K }>[], at: At, issuer: Issuer): readonly Held[K][]
}

/** NO KEY: nobody else writes the row meanwhile. */
export const lock = 'FOR NO KEY UPDATE'

/** Text that is looked for. PostgreSQL has none with a zero byte: it is found nowhere. */
export function soughtText(text: string | undefined): string | null {
  return text === undefined || text.includes('\0') ? null : text
}

/** Rows by the place of their load, which is the first column and counts from 1. */
export function byNth(answer: Answer | undefined): ReadonlyMap<number, Row> {
  return new Map(answer?.rows.map((row) => [(row[0] as number) - 1, row]))
}

/** Rows by whom they belong to, the first column; after it come the cut of their client, their number, and the columns of the noun. */
export function byOwner(answer: Answer | undefined): ReadonlyMap<unknown, readonly Row[]> {
  return Map.groupBy(answer?.rows ?? [], ([owner]) => owner)
}

/** Of such rows, what lives (not ended, not cut, not expired), the oldest first. */
export function living<T extends Parameters<typeof lives>[0]>(
  rows: readonly Row[] | undefined,
  read: (row: Row, at: number, owner: User) => T | undefined,
  user: User,
  { now }: At,
  issuer: Issuer,
): readonly T[] {
  const inOrder = [...(rows ?? [])].sort((one, other) => (one[2] as number) - (other[2] as number))
  return inOrder.flatMap((row) => {
    const noun = read(row, 3, user)!
    return lives(noun, { user, clientCut: row[1] as number, issuer, now }) ? [noun] : []
  })
}
