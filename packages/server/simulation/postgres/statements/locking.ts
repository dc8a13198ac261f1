import { byColumn, type Joined, type Known, listOf, type Result, selecting, unnesting } from '../statement.ts'
import type { Line, TableName } from '../tables.ts'
import { locked, type Scope, type Steps } from '../transaction.ts'

/** A load whose first noun is locked in the order of a column, and then read as it is. */
export interface Locking {
  readonly is: RegExp
  readonly table: TableName
  readonly alias: string
  readonly order: string
  /** The keys of what is asked for, as the statement sees them. */
  readonly find: (scope: Scope, asked: Line) => readonly string[]
  /** What it joins; as it was before the wait. */
  readonly join?: (scope: Scope, line: Line, asked: Line) => Joined
  /** What is looked at again after the wait. */
  readonly isMeant?: (line: Line) => boolean
}

/** Makes one. */
export function locking({ is, table, alias, order, find, join = () => ({}), isMeant = () => true }: Locking): Known {
  return {
    is,
    make(text) {
      const [select, rowsOf] = [selecting(listOf(text)), unnesting(text)]
      return function* (scope, values): Steps<Result> {
        const those = rowsOf(values).flatMap((asked) =>
          find(scope, asked).flatMap((key) => {
            const line = scope.row(table, key)
            return line ? [{ asked, key, line }] : []
          }),
        )
        those.sort((one, other) => byColumn(order)(one.line, other.line))
        const rows: Joined[] = []
        for (const { asked, key } of those) {
          const line = yield* locked(scope, table, key)
          if (line && isMeant(line)) rows.push({ q: asked, [alias]: line, ...join(scope, line, asked) })
        }
        return select(rows)
      }
    },
  }
}
