import { checkJws, importJwk, type VerifyingKey } from '@curfew/verifier/jws'
import { RECEIPT_TYP, type Receipt, readReceipt } from '@curfew/verifier/wire'
import type { ReceiptState } from './street-state.ts'

/** Reads a receipt as the issuer signed it; undefined where it is not one, or its signature is not the issuer's. */
export function readSignedReceipt(
  signed: string,
  keys: readonly unknown[],
  { issuer, what }: { issuer: string; what: string },
): ReceiptState | undefined {
  const known = new Map<string, VerifyingKey>()
  for (const jwk of keys) {
    const key = importJwk(jwk)
    if (!('problem' in key)) known.set(key.kid, { key: key.key, alg: key.alg })
  }
  const checked = checkJws(signed, ({ kid }) => known.get(kid), { typ: RECEIPT_TYP })
  if ('problem' in checked) return undefined
  const receipt = readReceipt(checked.claims)
  return receipt?.iss === issuer ? { ...receiptState(receipt, what), signedWith: checked.header.alg } : undefined
}

function receiptState(receipt: Receipt, what: string): ReceiptState {
  const { seq, committed_at, outcome, took_ms, latest_in_ms, verifiers, uncovered, kept } = receipt
  return {
    seq,
    what,
    at: Math.round(committed_at * 1000),
    outcome,
    ...(took_ms !== undefined && { tookMs: took_ms }),
    ...(latest_in_ms !== undefined && { latestInMs: latest_in_ms }),
    verifiers: verifiers.map(({ name, acknowledged, gone, lease_over, waiting, slowest_ms }) => ({
      ...{ name: name ?? 'another service', acknowledged, gone, leaseOver: lease_over, waiting },
      ...(slowest_ms !== undefined && { slowestMs: slowest_ms }),
    })),
    uncovered: uncovered.map(({ aud, until }) => ({ aud, until: until * 1000 })),
    kept: [...new Set(kept.map(({ client }) => client))],
  }
}
