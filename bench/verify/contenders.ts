import { createPublicKey, verify as verifySignature } from 'node:crypto'
import type { Verifier } from '@curfew/verifier'
import { createVerifier as fastJwt } from 'fast-jwt'
import { createLocalJWKSet, jwtVerify } from 'jose'
import type { Contender } from '../interleave.ts'
import { headersInTurn, type Material, signedParts } from './material.ts'

const typ = 'at+jwt' // RFC 9068 §4: what each peer is told to insist on, as ours does

/** Our verifier, as a service calls it: `verifySync`. */
export function curfew(name: string, verifier: Verifier, { tokens }: Material, batch: number): Contender {
  const next = headersInTurn(tokens)
  return {
    name,
    batch,
    run(times) {
      let good = 0
      for (let at = 0; at < times; at++) if (verifier.verifySync({ authorization: next() })?.outcome === 'accepted') good++
      return good
    },
  }
}

/** The same through the promise of `verify`. */
export function curfewAwaited(name: string, verifier: Verifier, { tokens }: Material, batch: number): Contender {
  const next = headersInTurn(tokens)
  return {
    name,
    batch,
    async run(times) {
      let good = 0
      for (let at = 0; at < times; at++) if ((await verifier.verify({ authorization: next() })).outcome === 'accepted') good++
      return good
    },
  }
}

/** `fast-jwt`; `cache` is how many tokens it remembers, `key` what it finds them by (its default is a hash of the token). */
export function fast(name: string, material: Material, batch: number, { cache, key }: { cache: number; key?: 'token' }): Contender {
  const { issuer, tokens } = material
  const check = fastJwt({
    key: createPublicKey({ key: { ...issuer.jwk }, format: 'jwk' })
      .export({ type: 'spki', format: 'pem' })
      .toString(),
    algorithms: ['ES256'],
    allowedIss: issuer.issuer,
    allowedAud: issuer.audience,
    checkTyp: typ,
    ...(cache > 0 && { cache }),
    ...(key === 'token' && { cacheKeyBuilder: (token: string) => token }),
  })
  const next = headersInTurn(tokens)
  return {
    name,
    batch,
    run(times) {
      let good = 0
      for (let at = 0; at < times; at++) if (check(next().slice(7)).iss === issuer.issuer) good++
      return good
    },
  }
}

/** `jose` with the issuer's key set at hand; one after another, as one request after another comes. */
export function jose(name: string, { issuer, tokens }: Material, batch: number): Contender {
  const keys = createLocalJWKSet({ keys: [{ ...issuer.jwk }] })
  const options = { issuer: issuer.issuer, audience: issuer.audience, algorithms: ['ES256'], typ }
  const next = headersInTurn(tokens)
  return {
    name,
    batch,
    async run(times) {
      let good = 0
      for (let at = 0; at < times; at++) {
        const { payload } = await jwtVerify(next().slice(7), keys, options)
        if (payload.iss === issuer.issuer) good++
      }
      return good
    },
  }
}

/** The floor of whoever checks a signature: `node:crypto` alone, everything read and converted beforehand. */
export function bareSignature(name: string, { issuer, tokens }: Material, batch: number): Contender {
  const key = createPublicKey({ key: { ...issuer.jwk }, format: 'jwk' })
  const parts = tokens.map(signedParts)
  let next = 0
  return {
    name,
    batch,
    run(times) {
      let good = 0
      for (let at = 0; at < times; at++) {
        const { input, der } = parts[next]!
        next = next + 1 === parts.length ? 0 : next + 1
        if (verifySignature('sha256', input, key, der)) good++
      }
      return good
    },
  }
}

/** The floor of whoever is handed a header: a new string from its bytes. It is part of what each contender costs that takes one. */
export function freshHeader(name: string, { tokens }: Material, batch: number): Contender {
  const next = headersInTurn(tokens)
  return {
    name,
    batch,
    run(times) {
      let good = 0
      for (let at = 0; at < times; at++) if (next().length > 7) good++
      return good
    },
  }
}
