import assert from 'node:assert/strict'
import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { exportJwk, signJws } from '@curfew/verifier/jws'
import { makeTestIssuer } from '@curfew/verifier/testing'
import { derToP1363 } from '@curfew/verifier/wire'
import { b64, clock, forge, goodHeader, goodPayload, issuer, refused, refusedBy, scene, verifier, withClaims, withHeader } from './forge.ts'

// The attack corpus of docs/requirements.md §2.12: every vector is refused, with a named reason, in bounded time.

test('the forge forges well: what it signs unchanged is let in', () => {
  for (const token of [forge(goodHeader), withHeader({}), withClaims({})]) {
    assert.equal(verifier.verifySync({ authorization: `Bearer ${token}` })?.outcome, 'accepted')
  }
})

test('JV-1: no algorithm, in each spelling, form and with or without a signature', () => {
  for (const alg of [
    'none',
    'None',
    'NONE',
    'nOnE',
    '',
    'ES256 ',
    'es256',
    undefined,
    null,
    0,
    true,
    ['ES256'],
    { toString: 'ES256' },
    '__proto__',
    'constructor',
    'toString',
  ]) {
    refused(withHeader({ alg }), 'alg_unknown', JSON.stringify(alg))
    const [header, payload] = withHeader({ alg }).split('.')
    refused(`${header}.${payload}.`, 'not_three_parts')
    refused(`${header}.${payload}.AA`, 'alg_unknown')
  }
})

test('JV-2: a MAC keyed with the public key, in each form of it', () => {
  const jwk = issuer.jwk
  const publicKey = createPublicKey(issuer.privateKey)
  const der = publicKey.export({ format: 'der', type: 'spki' })
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString()
  for (const alg of ['HS256', 'HS384', 'HS512']) {
    for (const secret of [pem, pem.trimEnd(), der, JSON.stringify(jwk), jwk.x!, Buffer.from(jwk.x!, 'base64url'), '']) {
      const signed = `${b64({ ...goodHeader, alg })}.${b64(goodPayload)}`
      refused(`${signed}.${createHmac(alg.replace('HS', 'sha'), secret).update(signed).digest('base64url')}`, 'alg_unknown')
      // The same MAC under the algorithm that the key is for.
      const asEs = `${b64(goodHeader)}.${b64(goodPayload)}`
      refused(`${asEs}.${createHmac('sha256', secret).update(asEs).digest('base64url')}`, 'signature_wrong')
    }
  }
})

test('JV-3: an algorithm of the same family that is not the key’s', async () => {
  for (const alg of ['ES256K', 'ES384', 'ES512', 'EdDSA', 'PS384', 'RS512', 'HS256']) refused(withHeader({ alg }), 'alg_unknown')
  for (const alg of ['RS256', 'PS256', 'Ed25519'] as const) refused(withHeader({ alg }), 'alg_not_of_key')
  // PS256 made with a key that is published for RS256: a good signature under the wrong name.
  const rsa = await scene('RS256')
  const claims = { ...goodPayload }
  refusedBy(rsa.verifier, signJws({ typ: 'at+jwt', kid: rsa.issuer.kid, alg: 'PS256' }, claims, rsa.issuer.privateKey), 'alg_not_of_key')
  // An ES384 signature under an ES256 header.
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
  const signed = `${b64(goodHeader)}.${b64(goodPayload)}`
  const raw = derToP1363(sign('sha384', Buffer.from(signed), p384), 48)!
  refused(`${signed}.${Buffer.from(raw).toString('base64url')}`, 'signature_wrong')
})

test('JV-4: a kid that is a path, a query, too long, a name that JavaScript knows, or of another issuer', () => {
  for (const kid of [
    '../../../../dev/null',
    "' OR 1=1 --",
    '*)(uid=*',
    `${issuer.kid}\0`,
    '\0',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    ' ',
    `${issuer.kid} `,
  ]) {
    refused(withHeader({ kid }), 'kid_unknown', kid)
  }
  for (const kid of [7, null, undefined, '', true, [issuer.kid], { kid: issuer.kid }, 'k'.repeat(257)])
    refused(withHeader({ kid }), 'kid_malformed')
  refused(withHeader({ kid: 'k'.repeat(1_000_000) }), 'too_large')
  refused(makeTestIssuer({ world: clock }).token(), 'kid_unknown')
})

test('JV-5: keys and addresses in the header are not looked at, and nothing is fetched', async () => {
  const asked: string[] = []
  const listener = http.createServer((request, response) => {
    asked.push(request.url ?? '')
    response.end()
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/keys`
  const mine = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = exportJwk(mine.publicKey, issuer.kid, 'ES256')
  for (const change of [{ jku: url }, { x5u: url }, { jwk }, { x5c: ['AAAA'] }, { jku: url, jwk, x5u: url, x5c: ['AAAA'] }]) {
    refused(forge({ ...goodHeader, ...change }, goodPayload, mine.privateKey), 'signature_wrong')
    refused(forge({ ...goodHeader, ...change, kid: 'mine' }, goodPayload, mine.privateKey), 'kid_unknown')
    // The real key's signature stays good with them: they are ignored, not obeyed.
    assert.equal(verifier.verifySync({ authorization: `Bearer ${withHeader(change)}` })?.outcome, 'accepted')
  }
  await clock.advance(0)
  listener.close()
  await once(listener, 'close')
  assert.deepEqual(asked, [])
})

test('JV-8: ECDSA signatures that are none; high s is the same signature, and revocation does not go by signatures', () => {
  const signed = `${b64(goodHeader)}.${b64(goodPayload)}`
  const n = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex')
  const der = sign('sha256', Buffer.from(signed), issuer.privateKey)
  const raw = Buffer.from(derToP1363(der, 32)!)
  const [r, s] = [raw.subarray(0, 32), raw.subarray(32)]
  const zero = Buffer.alloc(32)
  const one = Buffer.concat([Buffer.alloc(31), Buffer.of(1)])
  const wrong = [
    [zero, zero],
    [zero, s],
    [r, zero],
    [n, s],
    [r, n],
    [n, n],
    [one, zero],
    [one, one],
    [der],
    [raw.subarray(0, 63)],
    [raw, Buffer.of(0)],
    [Buffer.of(0), r, Buffer.of(0), s],
    [Buffer.alloc(96, 7)],
    [Buffer.alloc(1)],
  ]
  for (const parts of wrong)
    refused(
      `${signed}.${Buffer.concat(parts).toString('base64url')}`,
      'signature_wrong',
      parts.map((part) => part.toString('hex')).join(' '),
    )
  const flipped = (BigInt(`0x${n.toString('hex')}`) - BigInt(`0x${s.toString('hex')}`)).toString(16).padStart(64, '0')
  const other = `Bearer ${signed}.${Buffer.concat([r, Buffer.from(flipped, 'hex')]).toString('base64url')}`
  assert.equal(verifier.verifySync({ authorization: other })?.outcome, 'accepted')
})

test('JV-9: Ed25519: a signature of small order, and an s that is not canonical', async () => {
  const { issuer: ed, verifier: judge } = await scene('Ed25519')
  const [header, payload, signature] = ed.token().split('.') as [string, string, string]
  const raw = Buffer.from(signature, 'base64url')
  const order = 2n ** 252n + 27742317777372353535851937790883648493n
  const s = BigInt(`0x${Buffer.from(raw.subarray(32)).reverse().toString('hex')}`)
  const big = Buffer.from((s + order).toString(16).padStart(64, '0'), 'hex').reverse()
  const point = Buffer.from('01'.padEnd(64, '0'), 'hex')
  const wrong = [
    Buffer.concat([raw.subarray(0, 32), big]),
    Buffer.concat([point, Buffer.alloc(32)]),
    Buffer.alloc(64),
    Buffer.concat([raw.subarray(0, 32), Buffer.alloc(32, 0xff)]),
    raw.subarray(0, 63),
    Buffer.concat([raw, Buffer.of(0)]),
  ]
  for (const each of wrong) refusedBy(judge, `${header}.${payload}.${each.toString('base64url')}`, 'signature_wrong')
  // Keys of small order are not imported at all: test/jws/jws.test.ts.
})

test('JV-27: nothing that is secret is compared here; where a good and a forged signature differ, no time is told', () => {
  // A verifier holds public keys and its own key, which it only sends. So what could leak is how far a signature was right; each is checked whole.
  const [signed, signature] = [forge(goodHeader).split('.').slice(0, 2).join('.'), forge(goodHeader).split('.')[2]!]
  for (let at = 0; at < signature.length - 1; at += 7) {
    const changed = `${signature.slice(0, at)}${signature[at] === 'A' ? 'B' : 'A'}${signature.slice(at + 1)}`
    refused(`${signed}.${changed}`, 'signature_wrong')
  }
})
