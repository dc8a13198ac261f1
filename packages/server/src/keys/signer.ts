import { checkJws, signJws } from '@curfew/verifier/jws'
import { ACCESS_TOKEN_TYP, RECEIPT_TYP, readAccessToken } from '@curfew/verifier/wire'
import type { Settings } from '../domain/settings.ts'
import type { Signer } from '../use-cases/needs.ts'
import type { Ring } from './ring.ts'
import type { SigningKey } from './signing-key.ts'

/** OpenID Connect Core 1.0 §2 leaves it open; with it no other token of ours is taken for an ID token (RFC 8725 §3.11). */
const ID_TOKEN_TYP = 'JWT'

/** Signs with the ring's keys: access tokens and receipts with ES256, ID tokens as their client has it. */
export function openSigner(ring: Ring, { issuer }: Pick<Settings, 'issuer'>): Signer {
  const sign = (typ: string, payload: object, { kid, alg, privateKey }: SigningKey): string =>
    signJws({ typ, kid, alg }, payload, privateKey)

  function find(kid: string): ReturnType<typeof verifyingKey> {
    const key = ring.find(kid)
    if (!key) ring.missed()
    return verifyingKey(key)
  }

  /** A good signature of ours over a payload of this `typ` with our `iss`. */
  function open(token: string, typ: string): Record<string, unknown> | undefined {
    const checked = checkJws(token, ({ kid }) => find(kid), { typ })
    return 'claims' in checked && checked.claims.iss === issuer ? checked.claims : undefined
  }

  return {
    accessToken: (claims) => sign(ACCESS_TOKEN_TYP, claims, ring.es256),
    openAccessToken(token) {
      const payload = open(token, ACCESS_TOKEN_TYP)
      const claims = payload && readAccessToken(payload)
      return claims && 'iss' in claims ? claims : undefined
    },
    idToken: async (claims, algorithm) => sign(ID_TOKEN_TYP, claims, algorithm === 'RS256' ? await ring.rs256() : ring.es256),
    openIdToken: (token) => open(token, ID_TOKEN_TYP),
    receipt: (receipt) => sign(RECEIPT_TYP, receipt, ring.es256),
    jwks: () => ring.jwks(),
    learn: () => ring.learn(),
  }
}

function verifyingKey(key: SigningKey | undefined): { key: SigningKey['publicKey']; alg: SigningKey['alg'] } | undefined {
  return key && { key: key.publicKey, alg: key.alg }
}
