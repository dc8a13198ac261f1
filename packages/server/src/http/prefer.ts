import type { Seconds } from '../domain/instant.ts'
import type { HttpRequest } from './request.ts'

/**
 * How long the caller wants to wait: `Prefer: wait=N` in whole seconds (RFC 7240 §4.3), 0 for not at all; undefined where it says nothing
 * that we understand, since a preference is never an error (§2).
 */
export function readWait({ headers }: Pick<HttpRequest, 'headers'>): Seconds | undefined {
  for (const preference of (headers.prefer ?? '').split(',')) {
    const found = /^\s*wait\s*=\s*("?)([0-9]{1,9})\1\s*(?:;.*)?$/i.exec(preference)
    if (found) return Number(found[2]) // the first of two counts (§2)
  }
  return undefined
}

/** Tells that the preference was followed (RFC 7240 §3). */
export function waitApplied(wait: Seconds | undefined): Record<string, string> {
  return wait === undefined ? {} : { 'preference-applied': `wait=${wait}` }
}
