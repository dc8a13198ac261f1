import { CurfewError } from '../errors.ts'
import type { KeyStore, SealedKey } from '../store/store.ts'
import type { World } from '../world.ts'
import { deriveKey, NONCE, openBytes, sealBytes } from './sealing.ts'
import { exportSigningKey, importSigningKey, makeEs256, makeRs256, type SigningKey } from './signing-key.ts'

/** A symmetric key with the number that stands in what was made with it. */
export interface NumberedKey {
  readonly number: number
  readonly bytes: Uint8Array
}

/** Every key of the issuer that has not ended, also those that other nodes add; of the numbered ones the last is the one that new things are made with. */
export interface Ring {
  readonly es256: SigningKey
  /** Made at the first call, once, off the event loop. */
  rs256(): Promise<SigningKey>
  find(kid: string): SigningKey | undefined
  readonly refreshMacs: readonly NumberedKey[]
  readonly seals: readonly NumberedKey[]
  /** RFC 7517 §5, as text made once; the whole set, so it waits for an RS256 key, and for what other nodes added a moment ago. */
  jwks(): Promise<string>
  /** Something names a key that is not known here: perhaps another node added it. Looked for at most once a second, whoever sends it. */
  missed(): void
  /** Waits for that look; says whether it found another set of keys, so that what was not known may be now. */
  learn(): Promise<boolean>
  stop(): void
}

const LABEL = 'curfew keys at rest v1'
/** Milliseconds: how old the set may be that others are given, how long the database is waited for then, and how often strangers can make us look. */
const FRESH = 100
const PATIENCE = 1_000
const SELDOM = 1_000
/** L3: wakes are hints; this often it is looked without one. */
const POLL = 5_000

/**
 * Opens the keys, and makes those that are missing (JK-5: at rest they are sealed under a key derived from the master secret).
 * @throws CurfewError if they are sealed under another master secret
 */
export async function openRing(parts: { keys: KeyStore; masterSecret: Uint8Array; world: World }): Promise<Ring> {
  const { keys, masterSecret, world } = parts
  const atRest = deriveKey(masterSecret, LABEL)

  const open = (key: SealedKey): Uint8Array => openKey(atRest, key)
  async function add(key: Omit<SealedKey, 'sealed' | 'createdAt'>, bytes: Uint8Array): Promise<void> {
    const sealed = sealBytes(atRest, world.random(NONCE), contextOf(key), bytes)
    open(await keys.add({ ...key, sealed, createdAt: world.wall() })) // another node's, where that one was first
  }

  const addSigning = (key: SigningKey): Promise<void> =>
    add({ id: key.kid, use: 'sign', algorithm: key.alg, publicJwk: key.jwk }, exportSigningKey(key))

  /** The oldest first: nodes that made one each at the same time all sign with the same. */
  async function read(): Promise<readonly SealedKey[]> {
    const all = await keys.all()
    return all.toSorted((one, other) => one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1))
  }

  async function addMissing(): Promise<void> {
    const all = await read()
    for (const key of all) if (key.endedAt === undefined) open(key) // before anything is added under a wrong secret
    // Numbered ones first: of two first nodes with two secrets one meets the other's, and stops before it leaves a key that the other cannot open.
    for (const [use, algorithm] of [
      ['refresh_mac', 'HS256'],
      ['seal', 'A256GCM'],
    ] as const) {
      const numbers = all.filter((key) => key.use === use).map(numberOf)
      const next = Math.max(0, ...numbers) + 1
      if (!all.some((key) => isLive(key, use, algorithm))) await add({ id: `${use}.${next}`, use, algorithm }, world.random(32))
    }
    if (!all.some((key) => isLive(key, 'sign', 'ES256'))) await addSigning(makeEs256())
  }

  let signing: ReadonlyMap<string, SigningKey> = new Map()
  // Whoever makes and opens things with them keeps these two lists: they change in place.
  const refreshMacs: NumberedKey[] = []
  const seals: NumberedKey[] = []
  let ids = ''
  let text: string | undefined
  let lookedAt = Number.NEGATIVE_INFINITY

  /** All or nothing: what cannot be opened leaves everything as it was. */
  function take(all: readonly SealedKey[]): void {
    const live = all.filter(({ endedAt }) => endedAt === undefined)
    const now = live.map(({ id }) => id).join(' ')
    if (now === ids) return
    const next = new Map<string, SigningKey>()
    for (const key of live) {
      if (key.use !== 'sign' || (key.algorithm !== 'ES256' && key.algorithm !== 'RS256')) continue
      const opened = signing.get(key.id) ?? importSigningKey(open(key), key.algorithm)
      if (opened.kid !== key.id)
        throw new CurfewError(`The signing key ${key.id} in the database is damaged. Restore the database from a backup.`)
      next.set(opened.kid, opened)
    }
    const numbered = (use: SealedKey['use']): NumberedKey[] =>
      live.filter((key) => key.use === use).map((key) => ({ number: numberOf(key), bytes: open(key) }))
    const [macs, sealing] = [numbered('refresh_mac'), numbered('seal')]
    refreshMacs.splice(0, refreshMacs.length, ...macs)
    seals.splice(0, seals.length, ...sealing)
    signing = next
    ids = now
    text = undefined
  }

  /** What the database has now; whatever has no live key gets one (R2 ends those that sign). */
  async function look(): Promise<void> {
    const at = world.monotonic()
    let all = await read()
    if (!all.some((key) => isLive(key, 'sign', 'ES256'))) {
      await addMissing()
      all = await read()
    }
    take(all)
    lookedAt = at
  }

  await addMissing()
  await look()
  const first = (alg: SigningKey['alg']): SigningKey | undefined => [...signing.values()].find((key) => key.alg === alg)

  let looking: Promise<void> | undefined
  /** One look at a time, and one after it for all who ask meanwhile. */
  let waiting: Promise<void> | undefined
  function lookAgain(): Promise<void> {
    if (!looking) return begin()
    waiting ??= looking.then(begin, begin)
    return waiting
  }
  function begin(): Promise<void> {
    waiting = undefined
    const mine = look().finally(() => {
      if (looking === mine) looking = undefined
    })
    looking = mine
    return mine
  }
  // Told by those who read keys for their work; a look that fails changes nothing.
  const hint = (): void => void lookAgain().catch(() => undefined)
  const stopWakes = keys.onChange?.(hint)
  let stopPoll = (): void => undefined
  let missedAt = Number.NEGATIVE_INFINITY
  let missing: Promise<void> | undefined
  function poll(): void {
    stopPoll = world.after(POLL, () => {
      hint()
      poll()
    })
  }
  if (stopWakes) poll()

  /** What other nodes added before this call; with the database away, what is known here. */
  async function freshen(): Promise<void> {
    if (!stopWakes || world.monotonic() - lookedAt < FRESH) return
    await inTime(lookAgain().catch(() => undefined))
  }

  async function inTime(look: Promise<void>): Promise<void> {
    const late = Promise.withResolvers<void>()
    const cancel = world.after(PATIENCE, late.resolve)
    await Promise.race([look, late.promise])
    cancel()
  }

  let making: Promise<SigningKey> | undefined

  async function addRs256(): Promise<SigningKey> {
    await addSigning(await makeRs256())
    await lookAgain()
    return first('RS256')!
  }

  async function rs256(): Promise<SigningKey> {
    const known = first('RS256')
    if (known) return known
    making ??= addRs256().finally(() => {
      making = undefined
    })
    return making
  }

  return {
    get es256() {
      return first('ES256')!
    },
    rs256,
    find: (kid) => signing.get(kid),
    refreshMacs,
    seals,
    async jwks() {
      await freshen()
      await rs256()
      const byAlgorithm = [...signing.values()].toSorted((one, other) => (one.alg < other.alg ? -1 : 1))
      text ??= JSON.stringify({ keys: byAlgorithm.map(({ jwk }) => jwk) })
      return text
    },
    missed() {
      if (!stopWakes || world.monotonic() - missedAt < SELDOM) return
      missedAt = world.monotonic()
      const look = lookAgain().catch(() => undefined)
      missing = look
      void look.then(() => {
        if (missing === look) missing = undefined
      })
    },
    async learn() {
      const before = ids
      if (missing) await inTime(missing)
      return ids !== before
    },
    stop() {
      stopWakes?.()
      stopPoll()
    },
  }
}

/** Throws unless all keys that have not ended open with this secret; `hint`: where the right one may be. */
export function requireSecretOf(all: readonly SealedKey[], masterSecret: Uint8Array, hint: string): void {
  const atRest = deriveKey(masterSecret, LABEL)
  for (const key of all) if (key.endedAt === undefined) openKey(atRest, key, hint)
}

function openKey(atRest: Uint8Array, key: SealedKey, hint: string = ''): Uint8Array {
  const bytes = openBytes(atRest, contextOf(key), key.sealed)
  if (bytes) return bytes
  throw new CurfewError(
    `The keys in the database are sealed under another master secret. Start with the CURFEW_SECRET that this database was made with. One that Curfew made by itself is beside the database, in the file of its name and .key: then remove CURFEW_SECRET from .env, or put the content of that file there.${hint}`,
  )
}

/** A sealed key says what it is, so that none can be put in another's place. */
function contextOf({ id, use, algorithm }: Pick<SealedKey, 'id' | 'use' | 'algorithm'>): string {
  return [LABEL, use, algorithm, id].join('\0')
}

function isLive(key: SealedKey, use: SealedKey['use'], algorithm: string): boolean {
  return key.use === use && key.algorithm === algorithm && key.endedAt === undefined
}

/** `refresh_mac.1` is number 1; one byte, as tokens have it. */
function numberOf({ id }: SealedKey): number {
  const number = Number(id.split('.')[1])
  if (!Number.isInteger(number) || number < 1 || number > 255)
    throw new CurfewError(`There is no room for the key ${id}: keys are numbered from 1 to 255.`)
  return number
}
