import { hash } from 'node:crypto'
import { type AccessTokenClaims, encodeBase64url, readAccessToken } from '@curfew/verifier/wire'
import type { OpenKeys, openKeys } from '../src/keys/open-keys.ts'
import { macRefreshTokens } from '../src/keys/refresh-token-mac.ts'
import { openRing, type Ring } from '../src/keys/ring.ts'
import { openSealer } from '../src/keys/sealer.ts'
import { openSigner } from '../src/keys/signer.ts'
import type { KeyStore, SealedKey } from '../src/store/store.ts'
import type { World } from '../src/world.ts'

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
  let all = await store.keys.all()
  // Another node may have come as far as the first of them.
  const missing = spare.filter(({ algorithm }) => !all.some((key) => key.endedAt === undefined && key.algorithm === algorithm))
  for (const key of missing) await store.keys.add(key)
  if (missing.length > 0) all = await store.keys.all()
  const ids = all.flatMap(({ id, endedAt }) => (endedAt === undefined ? [id] : [])).join(' ')
  // A ring looks its keys up again later. This one outlives the run, so it looks at what was there.
  const frozen: KeyStore = { all: async () => all, add: async (key) => key }
  const still: World = { ...world, monotonic: () => 0, wall: () => 0 }
  const ring = rings.get(ids) ?? (await openRing({ keys: frozen, masterSecret, world: still }))
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

/** What a token says, if one of these keys signed it: a hash under the key's name stands for the signature. Nobody forges here, and crypto is not what a run is about. */
export function signedBy(token: string, hasKey: (kid: string) => boolean): Signed | undefined {
  const found = signed.get(token) ?? opened(token)
  return found && hasKey(found.kid) ? found : undefined
}

function cheapTokens(ring: Ring): Pick<OpenKeys['signer'], 'accessToken' | 'openAccessToken' | 'idToken' | 'receipt' | 'jwks'> {
  const { kid, jwk } = ring.es256
  const sign = (typ: string, payload: object): string => {
    const text = [{ alg: 'ES256', typ, kid }, payload].map((part) => encodeBase64url(Buffer.from(JSON.stringify(part)))).join('.')
    return `${text}.${markOf(kid, text)}`
  }
  const keys = JSON.stringify({ keys: [jwk] })
  return {
    accessToken: (claims) => sign('at+jwt', claims),
    idToken: async (claims) => sign('JWT', claims),
    receipt: (receipt) => sign('logout-receipt+jwt', receipt),
    // What tokens are signed with; to take in the other key as well shows nothing.
    jwks: async () => keys,
    openAccessToken: (token) => signedBy(token, (id) => ring.find(id) !== undefined)?.claims,
  }
}

function opened(token: string): Signed | undefined {
  const [header = '', payload = '', mark = ''] = token.split('.')
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }
  if (markOf(kid, `${header}.${payload}`) !== mark) return undefined
  const claims = readAccessToken(JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>)
  if (!('iss' in claims)) return undefined
  if (signed.size > 2_000) signed.clear()
  const found = { kid, claims: Object.freeze(claims) }
  signed.set(token, found)
  return found
}

function markOf(kid: string, text: string): string {
  return hash('sha256', `${kid} ${text}`, 'base64url')
}
