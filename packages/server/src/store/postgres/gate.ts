import { CurfewError, OAuthError } from '../../errors.ts'
import { knownSorts, olderThanForm, olderThanLedger } from '../sorts.ts'
import { nodeOutdated } from './failures.ts'

/** What a look at the database says about who may serve it. */
export interface Versions {
  /** V9: of the sorts of entries in use. */
  readonly version: number
  /** Of its form: the newest, and the oldest whose code still works. */
  readonly form: number
  readonly oldest: number
}

/** V9: a node that is older than what it serves stops serving, for good; each statement that decides holds that by itself (`state`). */
export interface Gate {
  /** What is wrong, once it is. */
  readonly closed: Error | undefined
  /** Takes what a look found. */
  saw(versions: Versions): void
}

/** `known`: the number of forms that this version knows. */
export function openGate(known: number, log: { error(facts: object, message?: string): void }): Gate {
  let closed: Error | undefined
  return {
    get closed() {
      return closed
    },
    saw(versions) {
      const sentence = problemOf(versions, known)
      if (closed || sentence === undefined) return
      log.error({ event: 'store.outdated', ...versions }, sentence)
      closed = new OAuthError('temporarily_unavailable', nodeOutdated, {
        description: 'This node is older than its database, and serves no more.',
        headers: { 'retry-after': '1' },
      })
      closed.cause = new CurfewError(sentence)
    },
  }
}

/** What keeps this version from serving it; undefined: nothing. */
export function problemOf({ version, form, oldest }: Versions, known: number): string | undefined {
  if (oldest > known) return olderThanForm(form, known)
  return version > knownSorts ? olderThanLedger(version) : undefined
}
