import assert from 'node:assert/strict'
import { createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { derToP1363, p1363ToDer, readJson, splitCompact } from '@curfew/verifier/wire'
import type { Algorithm } from '../../src/jws/index.ts'
import { isSignature } from '../../src/jws/jws.ts'
import { readKeySet } from '../../src/key-set.ts'

// Project Wycheproof's data is not ours to hand on: its files are read where they lie, and these tests are skipped where they do not.
const folder = process.env.WYCHEPROOF

type Vector = {
  tcId: number
  comment: string
  result: 'valid' | 'invalid' | 'acceptable'
  flags: string[]
  msg: string
  sig: string
  jws?: string | object
}
type Group = {
  type: string
  comment?: string
  publicKeyDer?: string
  publicKeyJwk?: object
  public?: object
  private?: object
  tests: Vector[]
}

function vectors(name: string, run: (groups: Group[], context: TestContext) => void): void {
  const skip = folder === undefined && 'WYCHEPROOF names no folder with its vectors'
  test(`Wycheproof: ${name}`, { skip }, (context) => {
    const read = JSON.parse(readFileSync(join(folder!, `${name}_test.json`), 'utf8')) as { testGroups: Group[]; numberOfTests: number }
    assert.ok(read.numberOfTests > 20)
    run(read.testGroups, context)
  })
}

const hex = (text: string) => Buffer.from(text, 'hex')
const keyOf = (group: Group): KeyObject => createPublicKey({ key: hex(group.publicKeyDer!), format: 'der', type: 'spki' })

function raw(name: string, alg: Algorithm, convert: (signature: Buffer) => Uint8Array | undefined = (signature) => signature): void {
  vectors(name, (groups) => {
    for (const group of groups) {
      const key = keyOf(group)
      for (const { tcId, comment, msg, sig, result, flags } of group.tests) {
        const signature = convert(hex(sig))
        const isGood = signature !== undefined && isSignature(alg, hex(msg), key, signature)
        if (result === 'acceptable') continue
        assert.equal(isGood, result === 'valid', `${tcId} ${comment} ${flags}`)
      }
    }
  })
}

raw('ecdsa_secp256r1_sha256_p1363', 'ES256')
raw('ecdsa_secp256r1_sha256', 'ES256', (der) => derToP1363(der, 32))
raw('ed25519', 'Ed25519')
raw('rsa_signature_2048_sha256', 'RS256')
raw('rsa_pss_2048_sha256_mgf1_32', 'PS256')

vectors('ecdsa_secp256r1_sha256', (groups) => {
  for (const { tests } of groups) {
    for (const { tcId, sig, result } of tests) {
      const converted = derToP1363(hex(sig), 32)
      if (result === 'valid') assert.deepEqual(p1363ToDer(converted!), Uint8Array.from(hex(sig)), `${tcId}: there and back`)
    }
  }
})

/**
 * These vectors have no `typ` and payloads that are no JSON, so a token of ours they can never be; what is held against them is all the
 * rest: form, header, key set, algorithm, signature.
 */
function isGoodJws(jws: string, set: { keys: object[] }): boolean {
  const compact = splitCompact(jws)
  if ('problem' in compact) return false
  const header = readJson(Buffer.from(compact.header, 'base64url'))
  if ('problem' in header) return false
  const { alg, crit, kid } = header.value as Record<string, unknown>
  const key = readKeySet(set, ['ES256', 'Ed25519', 'RS256', 'PS256']).get(kid as string)
  if (key === undefined || crit !== undefined || alg !== key.alg) return false
  return isSignature(key.alg, Buffer.from(compact.signed), key.key, Buffer.from(compact.signature, 'base64url'))
}

/** Where we and the vectors differ, and why. */
const differences: Record<string, string> = {
  emptyPayload: 'an empty payload is no JSON, so no token',
  Figure20: 'the header says PS384, and the key PS256: one key, one algorithm',
  rejectsKeyWithRocaVulnerability: 'keys come from our own issuer, which makes none with that weakness, and never from a token',
}

for (const name of ['json_web_signature', 'json_web_crypto', 'json_web_key']) {
  vectors(name, (groups, context) => {
    let taken = 0
    for (const group of groups) {
      const jwk = (group.public ?? group.private) as { alg?: string; keys?: object[] }
      const set = { keys: jwk.keys ?? [jwk] }
      for (const { tcId, comment, result, jws } of group.tests) {
        if (jws === undefined) continue
        const isGood = isGoodJws(typeof jws === 'string' ? jws : JSON.stringify(jws), set)
        if (isGood) taken++
        if (differences[comment] !== undefined) continue
        if (result === 'invalid') assert.equal(isGood, false, `${tcId} ${comment}`)
        else if (['ES256', 'RS256', 'PS256'].includes(jwk.alg ?? '')) assert.ok(isGood, `${tcId} ${comment}`)
      }
    }
    assert.ok(taken > 0, 'at least one good signature is among them')
    context.diagnostic(`${taken} good signatures taken`)
  })
}
