import { type Cut, type Name, readCut, readName } from './entry.ts'
import { isCount, isName, isObject } from './form.ts'

/** The `typ` of a receipt. */
export const RECEIPT_TYP = 'logout-receipt+jwt'

/** How the verifiers of one service came to know. `name` is there for those who may see it. */
export type ReceiptVerifiers = {
  name?: string
  acknowledged: number
  gone: number
  lease_over: number
  waiting: number
  slowest_ms?: number
}

/** The payload of a receipt (S4). Times in seconds since 1970, `committed_at` with a fraction; `ended` is a list for "all others". */
export type Receipt = {
  iss: string
  iat: number
  jti: string
  seq: number
  until: number
  outcome: 'confirmed' | 'pending'
  committed_at: number
  took_ms?: number
  latest_in_ms?: number
  verifiers: ReceiptVerifiers[]
  uncovered: { aud: string; until: number }[]
  kept: { client: string; scope: string }[]
} & ({ ended: Name | Name[] } | { cut: Cut } | { stale: Cut })

/** Reads a receipt's payload; undefined where it is not one. */
export function readReceipt(value: unknown): Receipt | undefined {
  if (!isObject(value)) return undefined
  const { iss, iat, jti, seq, until, outcome, committed_at, took_ms, latest_in_ms, verifiers, uncovered, kept } = value
  if (!isName(iss) || !isCount(iat) || !isName(jti) || !isCount(seq) || !isCount(until) || !isAmount(committed_at)) return undefined
  if (outcome !== 'confirmed' && outcome !== 'pending') return undefined
  if ((took_ms !== undefined && !isAmount(took_ms)) || (latest_in_ms !== undefined && !isAmount(latest_in_ms))) return undefined
  const what = readWhat(value)
  if (what === undefined || !isListOf(verifiers, isVerifiers)) return undefined
  if (!isListOf(uncovered, isUncovered) || !isListOf(kept, isKept)) return undefined
  return {
    ...{ iss, iat, jti, seq, until, outcome, committed_at, verifiers, uncovered, kept },
    ...what,
    ...(took_ms !== undefined && { took_ms }),
    ...(latest_in_ms !== undefined && { latest_in_ms }),
  }
}

function readWhat(value: Record<string, unknown>): { ended: Name | Name[] } | { cut: Cut } | { stale: Cut } | undefined {
  const sorts = ['ended', 'cut', 'stale'].filter((sort) => Object.hasOwn(value, sort))
  if (sorts.length !== 1) return undefined
  if (sorts[0] === 'ended') {
    if (!Array.isArray(value.ended)) {
      const ended = readName(value.ended)
      return ended && { ended }
    }
    const names = value.ended.map(readName)
    return names.every((name) => name !== undefined) ? { ended: names } : undefined
  }
  const cut = readCut(value[sorts[0]!])
  return cut && (sorts[0] === 'cut' ? { cut } : { stale: cut })
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function isListOf<T>(value: unknown, isOne: (one: unknown) => one is T): value is T[] {
  return Array.isArray(value) && value.every(isOne)
}

function isVerifiers(value: unknown): value is ReceiptVerifiers {
  if (!isObject(value)) return false
  const { name, acknowledged, gone, lease_over, waiting, slowest_ms } = value
  const isCounted = isCount(acknowledged) && isCount(gone) && isCount(lease_over) && isCount(waiting)
  return isCounted && (name === undefined || isName(name)) && (slowest_ms === undefined || isAmount(slowest_ms))
}

function isUncovered(value: unknown): value is { aud: string; until: number } {
  return isObject(value) && typeof value.aud === 'string' && isCount(value.until)
}

function isKept(value: unknown): value is { client: string; scope: string } {
  return isObject(value) && typeof value.client === 'string' && typeof value.scope === 'string'
}
