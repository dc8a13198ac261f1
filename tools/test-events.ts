import type { TestEvent } from 'node:test/reporters'

/** One finished test, as tools/test.ts reads it. */
export interface Finished {
  readonly name: string
  readonly passed: boolean
  /** Why it was not run, if it was not. */
  readonly skipped?: string
  readonly problem?: string
}

/** A reporter for machines: one line of JSON for each test that ended. Suites are not tests. */
export default async function* testEvents(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const above: string[] = []
  for await (const { type, data } of source) {
    if (type === 'test:start') above[data.nesting] = data.name
    if (type !== 'test:pass' && type !== 'test:fail') continue
    if (data.details.type === 'suite' && type === 'test:pass' && !data.skip) continue
    const failed = type === 'test:fail'
    // A parent fails with its children; they have told what went wrong.
    if (failed && (data.details.error as { failureType?: string }).failureType === 'subtestsFailed') continue
    const name = [...above.slice(0, data.nesting), data.name].join(' › ')
    const skipped = data.skip ?? data.todo
    const finished: Finished = {
      name,
      passed: !failed,
      ...(skipped !== undefined && skipped !== false && { skipped: typeof skipped === 'string' ? skipped : 'no reason given' }),
      ...(failed && { problem: describe(data.details.error) }),
    }
    yield `${JSON.stringify(finished)}\n`
  }
}

function describe(error: unknown): string {
  const cause = (error as { cause?: unknown }).cause ?? error
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
}
