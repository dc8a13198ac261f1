import { createHmac } from 'node:crypto'
import { type AccessTokenClaims, encodeBase64url, readAccessToken } from '@curfew/verifier/wire'
import type { OpenKeys, openKeys } from '../src/keys/open-keys.ts'
import { macRefreshTokens } from '../src/keys/refresh-token-mac.ts'
import { openRing, type Ring } from '../src/keys/ring.ts'
import { openSealer } from '../src/keys/sealer.ts'
import { openSigner } from '../src/keys/signer.ts'
import type { SealedKey } from '../src/store/store.ts'

/** A token that was signed in a run, and what a check of it finds. */
export interface Signed {
  readonly kid: string
  readonly claims: AccessTokenClaims
}

const rings = new Map<string, Ring>()
const signed = new Map<string, Signed>()
/** What new signing keys are, where there are none any more (R2): an RSA key takes longer to make than a run. */
let spare: readonly SealedKey[] = []

/** The product's keys, opened once a process of the simulator: the same rows give the same ring. Access tokens have cheaper signatures. */
export const openKnownKeys: typeof openKeys = async ({ store, masterSecret, world, settings }) => {
  const isSign = ({ use, endedAt }: SealedKey): boolean => use === 'sign' && endedAt === undefined
  let all = await store.keys.all()
  if (!all.some(isSign)) {
    for (const key of spare) await store.keys.add(key)
    all = await store.keys.all()
  }
  const ids = all.flatMap(({ id, endedAt }) => (endedAt === undefined ? [id] : [])).join(' ')
  const ring = rings.get(ids) ?? (await openRing({ keys: store.keys, masterSecret, world }))
  await ring.jwks()
  rings.set(ids, ring)
  const opened: OpenKeys = {
    signer: { ...openSigner(ring, settings), ...cheapTokens(ring) },
    refreshTokens: macRefreshTokens(ring.refreshMacs),
    sealer: openSealer(ring.seals, world),
  }
  return opened
}

/** The keys that come after the first ones were ended. */
export function keepSpare(keys: readonly SealedKey[]): void {
  spare = keys
}

/** What a token says, if one of these keys signed it: a MAC stands for the signature. Crypto is not what a run is about. */
export function signedBy(token: string, hasKey: (kid: string) => boolean): Signed | undefined {
  const found = signed.get(token) ?? opened(token)
  return found && hasKey(found.kid) ? found : undefined
}

function cheapTokens(ring: Ring): Pick<OpenKeys['signer'], 'accessToken' | 'openAccessToken'> {
  const { kid } = ring.es256
  const header = encodeBase64url(Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid })))
  return {
    accessToken(claims) {
      const text = `${header}.${encodeBase64url(Buffer.from(JSON.stringify(claims)))}`
      return `${text}.${macOf(kid, text)}`
    },
    openAccessToken: (token) => signedBy(token, (id) => ring.find(id) !== undefined)?.claims,
  }
}

function opened(token: string): Signed | undefined {
  const [header = '', payload = '', mac = ''] = token.split('.')
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }
  if (macOf(kid, `${header}.${payload}`) !== mac) return undefined
  const claims = readAccessToken(JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>)
  if (!('iss' in claims)) return undefined
  if (signed.size > 2_000) signed.clear()
  const found = { kid, claims: Object.freeze(claims) }
  signed.set(token, found)
  return found
}

function macOf(kid: string, text: string): string {
  return createHmac('sha256', kid).update(text).digest('base64url')
}
