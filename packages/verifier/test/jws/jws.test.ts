import assert from 'node:assert/strict'
import { constants, createPrivateKey, createSecretKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { test } from 'node:test'
import { type Algorithm, checkJws, exportJwk, importJwk, signJws } from '@curfew/verifier/jws'
import * as jose from 'jose'
import { isSignature } from '../../src/jws/jws.ts'

const rsaPair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pairs: Record<Algorithm, { privateKey: KeyObject; publicKey: KeyObject }> = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  Ed25519: generateKeyPairSync('ed25519'),
  RS256: rsaPair,
  PS256: rsaPair,
}
const algorithms = Object.keys(pairs) as Algorithm[]

test('JK-6: each algorithm, `Ed25519` by its own name: jose takes what we sign, and we take what jose signs', async () => {
  for (const alg of algorithms) {
    const { privateKey, publicKey } = pairs[alg]
    const ours = signJws({ typ: 'at+jwt', kid: 'k', alg }, { sub: 'ü😀' }, privateKey)
    assert.equal((await jose.jwtVerify(ours, publicKey, { algorithms: [alg] })).payload.sub, 'ü😀')
    const theirs = await new jose.SignJWT({ sub: 'x' }).setProtectedHeader({ alg, typ: 'AT+JWT', kid: 'k' }).sign(privateKey)
    const read = checkJws(theirs, () => ({ key: publicKey, alg }), { typ: ['x', 'application/at+jwt'] })
    assert.deepEqual('header' in read && read.header, { alg, kid: 'k', typ: 'at+jwt' })
  }
})

test('JK-1: a key in a set has its public members, one algorithm and its use; it comes back as the same key', () => {
  for (const alg of algorithms) {
    const jwk = exportJwk(pairs[alg].privateKey, 'k', alg)
    const members = { ES256: ['crv', 'x', 'y'], Ed25519: ['crv', 'x'], RS256: ['n', 'e'], PS256: ['n', 'e'] }[alg]
    assert.deepEqual([jwk.kid, jwk.alg, jwk.use], ['k', alg, 'sig'])
    assert.deepEqual(Object.keys(jwk).sort(), ['kty', 'kid', 'alg', 'use', ...members].sort(), 'nothing else, and nothing private')
    const read = importJwk(jwk)
    assert.ok('key' in read && read.key.equals(pairs[alg].publicKey) && read.key.type === 'public')
    const withPrivate = importJwk({ ...pairs[alg].privateKey.export({ format: 'jwk' }), kid: 'k', alg })
    assert.ok('key' in withPrivate && withPrivate.key.type === 'public', 'private members are not looked at')
  }
})

test('JK-1, JK-6: keys that are not what they say, or too weak, are not imported; `Ed25519` is a name, `EdDSA` is none', () => {
  const es = exportJwk(pairs.ES256.publicKey, 'k', 'ES256')
  const rsa = exportJwk(pairs.RS256.publicKey, 'k', 'RS256')
  const short = { ...rsa, n: Buffer.alloc(128, 0xff).toString('base64url') }
  const wrong: [string, object][] = [
    ['alg_unknown', { ...es, alg: undefined }],
    ['alg_unknown', { ...es, alg: 'ES256K' }],
    ['alg_unknown', { ...es, alg: 'EdDSA' }],
    ['alg_unknown', { ...es, alg: 'toString' }],
    ['alg_not_of_key', { ...es, alg: 'RS256' }],
    ['alg_not_of_key', { ...es, crv: 'P-384' }],
    ['alg_not_of_key', { ...rsa, kty: 'EC' }],
    ['alg_not_of_key', { ...rsa, crv: 'P-256' }],
    ['alg_not_of_key', { kty: 'oct', k: 'AAAA', alg: 'ES256', kid: 'k' }],
    ['kid_malformed', { ...es, kid: 7 }],
    ['kid_malformed', { ...es, kid: '' }],
    ['kid_malformed', { ...es, kid: 'k'.repeat(257) }],
    ['use_wrong', { ...es, use: 'enc' }],
    ['use_wrong', { ...es, key_ops: ['sign'] }],
    ['x_malformed', { ...es, x: `${es.x}=` }],
    ['x_malformed', { ...es, x: es.x!.slice(1) }],
    ['x_malformed', { ...es, x: Buffer.concat([Buffer.of(0), Buffer.from(es.x!, 'base64url')]).toString('base64url') }],
    ['x_malformed', { ...es, x: Buffer.alloc(31, 7).toString('base64url') }],
    ['y_malformed', { ...es, y: undefined }],
    ['key_malformed', { ...es, y: es.x }],
    ['key_too_short', short],
    ['key_malformed', { ...rsa, e: 'AQ' }],
    ['key_malformed', { ...rsa, e: 'BA' }],
    ['n_malformed', { ...rsa, n: 'A'.repeat(2732) }],
    ['n_malformed', { ...rsa, n: '' }],
  ]
  for (const [problem, jwk] of wrong) assert.deepEqual(importJwk(jwk), { problem }, JSON.stringify(jwk).slice(0, 120))
  for (const value of [null, undefined, 'x', 7]) assert.deepEqual(importJwk(value), { problem: 'not_object' })
})

test('JK-1: what lies just within the bounds is imported: a kid of 256 characters, RSA of 2048 to 16384 bits, exponents of 3 to 32 bits', () => {
  const es = exportJwk(pairs.ES256.publicKey, 'k'.repeat(256), 'ES256')
  assert.ok('key' in importJwk(es))
  assert.ok('key' in importJwk({ ...es, key_ops: ['verify', 'sign'] }))
  assert.deepEqual(importJwk({ ...es, key_ops: 'verify' }), { problem: 'use_wrong' })
  assert.deepEqual(importJwk({ ...es, key_ops: [] }), { problem: 'use_wrong' })
  assert.deepEqual(importJwk({ ...es, x: '' }), { problem: 'x_malformed' })
  const rsa = (bits: number, e: string) => {
    const n = Buffer.alloc(bits / 8, 0xff).toString('base64url')
    const read = importJwk({ kty: 'RSA', kid: 'k', alg: 'PS256', n, e })
    return 'key' in read ? read.key.asymmetricKeyDetails?.modulusLength : read.problem
  }
  assert.deepEqual([rsa(2048, 'AQAB'), rsa(16_384, 'AQAB'), rsa(2040, 'AQAB')], [2048, 16_384, 'key_too_short'])
  assert.deepEqual([rsa(16_392, 'AQAB'), rsa(2048, 'A'.repeat(2732))], ['n_malformed', 'e_malformed'])
  assert.deepEqual(
    [rsa(2048, 'Aw'), rsa(2048, '_____w'), rsa(2048, 'AQAAAAE'), rsa(2048, 'AQ')],
    [2048, 2048, 'key_malformed', 'key_malformed'],
  )
})

test('JV-3: a key of another kind checks no signature, whatever an algorithm would make of it', () => {
  const data = Buffer.from('signed')
  for (const alg of algorithms) {
    for (const other of algorithms) {
      const { kty } = exportJwk(pairs[other].publicKey, 'k', other)
      const isSameKind = kty === exportJwk(pairs[alg].publicKey, 'k', alg).kty
      for (const length of [0, 63, 64, 65, 256])
        assert.equal(isSignature(alg, data, pairs[other].publicKey, new Uint8Array(length).fill(7)), false, `${alg} ${other} ${length}`)
      if (!isSameKind) assert.throws(() => signJws({ typ: 'at+jwt', kid: 'k', alg }, {}, pairs[other].privateKey), /not one for/)
    }
  }
  const rsa = { key: pairs.RS256.publicKey, padding: constants.RSA_PKCS1_PADDING }
  const signature = sign('sha256', data, { ...rsa, key: pairs.RS256.privateKey })
  assert.ok(verify('sha256', data, rsa, signature))
  assert.deepEqual(
    algorithms.map((alg) => isSignature(alg, data, pairs.RS256.publicKey, signature)),
    [false, false, true, false],
  )
})

test('JV-17: typ is compared as a media type: in any case, `application/` once or not at all, up to 100 characters, nothing else', () => {
  const { privateKey: key, publicKey } = pairs.ES256
  const read = (typ: unknown, expected: string | string[]) => {
    const header = { alg: 'ES256' as const, kid: 'k'.repeat(256) }
    const checked = checkJws(signJws({ ...header, typ: typ as string }, {}, key), () => ({ key: publicKey, alg: 'ES256' }), {
      typ: expected,
    })
    return 'header' in checked ? checked.header.typ : checked.problem
  }
  const long = 'a'.repeat(100)
  for (const [typ, expected, result] of [
    ['AT+JWT', 'at+jwt', 'at+jwt'],
    ['Application/At+Jwt', 'at+jwt', 'at+jwt'],
    ['at+jwt', 'application/AT+JWT', 'at+jwt'],
    ['b', ['a', 'b'], 'b'],
    ['c', ['a', 'b'], 'typ_wrong'],
    [long, long, long],
    [`application/${long}`, long, long],
    [`${long}a`, `${long}a`, 'typ_malformed'],
    ['application/', 'application/', 'typ_malformed'],
    ['text/at', 'text/at', 'typ_malformed'],
    [' at', ' at', 'typ_malformed'],
    ['at ', 'at ', 'typ_malformed'],
    ['x application/at', 'at', 'typ_malformed'],
    ['xapplication/at', 'at', 'typ_malformed'],
    ['', '', 'typ_malformed'],
    [7, '7', 'typ_malformed'],
    ['\u212a', 'k', 'typ_malformed'],
    ['at+jwt', [], 'typ_wrong'],
    ['at+jwt', ' ', 'typ_wrong'],
  ] as const)
    assert.equal(read(typ, expected as string | string[]), result, JSON.stringify([typ, expected]))
})

test('what is signed is an object: other JSON is no payload, and no header', () => {
  const { privateKey, publicKey } = pairs.ES256
  const b64 = (text: string) => Buffer.from(text).toString('base64url')
  const read = (header: string, payload: string) => {
    const signed = `${b64(header)}.${b64(payload)}`
    const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')
    const checked = checkJws(`${signed}.${signature}`, () => ({ key: publicKey, alg: 'ES256' }), { typ: 'at+jwt' })
    return 'problem' in checked ? checked.problem : checked.claims
  }
  const header = JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: 'k' })
  assert.deepEqual({ ...(read(header, '{"a":1}') as object) }, { a: 1 })
  for (const other of ['[]', 'null', '7', '"x"', 'true']) {
    assert.equal(read(header, other), 'payload_not_object', other)
    assert.equal(read(other, '{}'), 'header_not_object', other)
  }
  assert.equal(read(header, '{'), 'payload_not_json')
  assert.equal(read('{', '{}'), 'header_not_json')
})

test('JV-9: an Ed25519 key of small order is not imported, in any spelling, and the list is complete', () => {
  const p = 2n ** 255n - 19n
  const power = (base: bigint, exponent: bigint): bigint => {
    let result = 1n
    for (let b = base % p, e = exponent; e > 0n; e >>= 1n, b = (b * b) % p) if (e & 1n) result = (result * b) % p
    return result
  }
  const invert = (a: bigint) => power(a, p - 2n)
  const d = ((p - 121665n) * invert(121666n)) % p
  type Point = [bigint, bigint]
  const add = ([x1, y1]: Point, [x2, y2]: Point): Point => {
    const t = (d * x1 * x2 * y1 * y2) % p
    return [((x1 * y2 + x2 * y1) * invert((1n + t) % p)) % p, ((y1 * y2 + x1 * x2) * invert((((1n - t) % p) + p) % p)) % p]
  }
  const root = (a: bigint): bigint | undefined => {
    const candidate = power(a, (p + 3n) / 8n)
    if ((candidate * candidate) % p === a) return candidate
    const turned = (candidate * power(2n, (p - 1n) / 4n)) % p
    return (turned * turned) % p === a ? turned : undefined
  }
  const decode = (y: bigint): Point | undefined => {
    const x = root(((((y * y - 1n) % p) + p) * invert((d * y * y + 1n) % p)) % p)
    return x === undefined ? undefined : [x, y % p]
  }
  // Eight times any point is a sum of the torsion away from it: L times a point has small order, and some point gives all of it.
  const L = 2n ** 252n + 27742317777372353535851937790883648493n
  const smallYs = new Set<bigint>()
  for (let y = 2n; y < 12n; y++) {
    const point = decode(y)
    if (point === undefined) continue
    let sum: Point = [0n, 1n]
    let doubled = point
    for (let e = L; e > 0n; e >>= 1n, doubled = add(doubled, doubled)) if (e & 1n) sum = add(sum, doubled)
    let multiple = sum
    for (let times = 0; times < 8; times++, multiple = add(multiple, sum)) smallYs.add(multiple[1])
  }
  assert.equal(smallYs.size, 5, 'orders 1, 2, 4, 8, 8')
  for (const y of smallYs) {
    for (const spelling of y + p < 2n ** 255n ? [y, y + p] : [y]) {
      for (const sign of [0n, 2n ** 255n]) {
        const hex = (spelling + sign).toString(16).padStart(64, '0')
        const x = Buffer.from(hex, 'hex').reverse().toString('base64url')
        assert.deepEqual(importJwk({ kty: 'OKP', crv: 'Ed25519', x, kid: 'k', alg: 'Ed25519' }), { problem: 'small_order' }, hex)
      }
    }
  }
})

test('signing with a key of another kind is a mistake of the program, not a token', () => {
  assert.throws(() => signJws({ typ: 'at+jwt', kid: 'k', alg: 'ES256' }, {}, pairs.RS256.privateKey), /not one for ES256/)
  assert.throws(() => exportJwk(pairs.RS256.publicKey, 'k', 'Ed25519'), /not one for Ed25519/)
  assert.throws(() => exportJwk(createSecretKey(Buffer.alloc(256, 7)), 'k', 'RS256'), /not one for RS256/)
  const p384 = createPrivateKey(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ format: 'pem', type: 'pkcs8' }))
  assert.throws(() => exportJwk(p384, 'k', 'ES256'), /not one for ES256/)
})
