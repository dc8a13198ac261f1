import assert from 'node:assert/strict'
import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { RefusalReason, Verifier } from '@curfew/verifier'
import { type Algorithm, exportJwk, signJws } from '@curfew/verifier/jws'
import { makeTestClock, makeTestIssuer, type TestClock, type TestIssuer } from '@curfew/verifier/testing'
import { derToP1363 } from '@curfew/verifier/wire'

// The attack corpus of docs/requirements.md §2.12: every vector is refused, with a named reason, in bounded time.

const start = 1_764_000_000
const quiet = { info() {}, warn() {}, error() {} }

type Scene = { issuer: TestIssuer; verifier: Verifier; clock: TestClock }

async function scene(alg: Algorithm = 'ES256'): Promise<Scene> {
  const clock = makeTestClock(start * 1000)
  const issuer = makeTestIssuer({ world: clock, alg })
  const verifier = issuer.verifier({ logger: quiet })
  await clock.advance(0)
  assert.equal(verifier.verifySync({ authorization: issuer.bearer() })?.outcome, 'accepted', 'the scene lets a good token in')
  return { issuer, verifier, clock }
}

const { issuer, verifier, clock } = await scene()
const b64 = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const goodHeader = { alg: 'ES256', typ: 'at+jwt', kid: issuer.kid }
const goodPayload = JSON.parse(Buffer.from(issuer.token().split('.')[1]!, 'base64url').toString()) as Record<string, unknown>

/** Signed with the issuer's real key, whatever header and payload say: only what is wrong with them can have it refused. */
function forge(header: object | string, payload: object | string = goodPayload, key: KeyObject = issuer.privateKey): string {
  const signed = `${b64(header)}.${b64(payload)}`
  const signature = derToP1363(sign('sha256', Buffer.from(signed), key), 32)!
  return `${signed}.${Buffer.from(signature).toString('base64url')}`
}
const withHeader = (change: object) => forge({ ...goodHeader, ...change })
const withClaims = (change: object) => forge(goodHeader, { ...goodPayload, ...change })

function refusedBy(judge: Verifier, token: string, reason: RefusalReason | RefusalReason[], what = ''): void {
  const before = performance.now()
  const verdict = judge.verifySync({ authorization: `Bearer ${token}` })
  const took = performance.now() - before
  const label = `${what} ${token.slice(0, 120)}`
  assert.ok(verdict !== undefined && verdict.outcome === 'refused', `not refused: ${label} ${JSON.stringify(verdict)}`)
  assert.ok([reason].flat().includes(verdict.reason), `${verdict.reason} instead of ${reason}: ${label}`)
  assert.deepEqual([verdict.status, verdict.code], [401, 'invalid_token'], label)
  assert.ok(took < 250, `${took} ms: ${label}`)
}
const refused = (token: string, reason: RefusalReason | RefusalReason[], what?: string) => refusedBy(verifier, token, reason, what)

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

test('JV-6: crit in every form, and b64 with and without it', () => {
  for (const crit of [['exp'], ['b64'], [], 'exp', null, {}, ['alg'], ['x-unknown'], [7], 0])
    refused(withHeader({ crit, b64: false }), 'crit_refused')
  for (const b64 of [false, true, 'false', null]) refused(withHeader({ b64 }), 'b64_refused')
})

test('JV-7: members that occur twice, in header and payload, plain and escaped', () => {
  const header = JSON.stringify(goodHeader)
  const payload = JSON.stringify(goodPayload)
  const twice = (text: string, member: string) => `${text.slice(0, -1)},${member}}`
  for (const member of ['"alg":"none"', '"\\u0061lg":"none"', '"kid":"x"', '"typ":"at+jwt"']) {
    refused(forge(twice(header, member)), 'header_duplicate_member', member)
    refused(forge(`{${member},${header.slice(1)}`), 'header_duplicate_member', member)
  }
  for (const member of [
    '"exp":9999999999',
    '"\\u0065xp":9999999999',
    '"sub":"admin"',
    '"x":{"a":1,"a":2}',
    '"__proto__":1,"__proto__":2',
  ]) {
    refused(forge(goodHeader, twice(payload, member)), 'payload_duplicate_member', member)
  }
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

test('JV-10: anything but strict base64url', () => {
  const token = forge(goodHeader)
  const [header, payload, signature] = token.split('.') as [string, string, string]
  const inside = (part: string, text: string) => `${part.slice(0, 8)}${text}${part.slice(8)}`
  for (const text of ['=', '==', '+', '/', ' ', '\n', '\r\n', '\t', '\0', '%2D', 'А', 'ａ', '\u00a0', '*']) {
    for (const each of [
      `${inside(header, text)}.${payload}.${signature}`,
      `${header}.${inside(payload, text)}.${signature}`,
      `${header}.${payload}.${inside(signature, text)}`,
    ]) {
      refused(each, 'not_base64url', JSON.stringify(text))
    }
    for (const each of [`${token}${text}`, `${text}${token}`]) refused(each, ['not_base64url'], JSON.stringify(text))
  }
  // 64 bytes leave four bits over; a decoder that is lenient takes sixteen spellings of one signature.
  const last = signature.at(-1)!
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  for (let bits = 1; bits < 16; bits++) refused(`${token.slice(0, -1)}${alphabet[alphabet.indexOf(last) + bits]}`, 'not_base64url')
})

test('JV-11: too few parts, too many, empty ones, a JWE, JSON serialisation', () => {
  const token = forge(goodHeader)
  const [header, payload, signature] = token.split('.') as [string, string, string]
  for (const each of [
    header,
    `${header}.${payload}`,
    `${token}.`,
    `.${token}`,
    `${token}.AA`,
    `${header}.AA.AA.AA.AA`,
    `${header}..${signature}`,
    `.${payload}.${signature}`,
    `${header}.${payload}.`,
    '..',
    '.',
    'x',
    `${header}.${payload}..${signature}`,
    JSON.stringify({ protected: header, payload, signature }),
    JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
  ]) {
    refused(each, 'not_three_parts')
  }
  refused(forge(goodHeader, ''), 'not_three_parts')
  for (const payload of ['x', '7', '[]', 'null', '"x"', 'true', '{', '{}x']) {
    refused(forge(goodHeader, payload), ['payload_not_object', 'payload_not_json'])
    refused(forge(payload), ['header_not_object', 'header_not_json'])
  }
})

test('JV-12: size, depth, members, numbers: refused before much is done', () => {
  const token = forge(goodHeader)
  refused(`${token}${'A'.repeat(16_384)}`, 'too_large')
  refused('A'.repeat(10_000_000), 'too_large')
  refused('.'.repeat(10_000_000), 'too_large')
  refused(forge(goodHeader, { ...goodPayload, x: 'x'.repeat(10_000_000) }), 'too_large')
  refused(forge(`${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`), 'header_too_deep')
  refused(forge(goodHeader, `{"a":${'['.repeat(1000)}${']'.repeat(1000)}}`), 'payload_too_deep')
  refused(forge(goodHeader, `{${Array.from({ length: 1100 }, (_, at) => `"${at}":0`)}}`), 'payload_too_many_members')
  refused(forge(goodHeader, `{"x":[${'0,'.repeat(2000)}0]}`), 'payload_too_many_members')
  refused(forge(goodHeader, JSON.stringify(goodPayload).replace(/"exp":\d+/, `"exp":${'9'.repeat(5000)}`)), 'payload_number_out_of_range')
})

test('JV-13: encrypted or compressed tokens are not opened', () => {
  const bomb = gzipSync(Buffer.alloc(1_000_000)).toString('base64url')
  refused(`${b64({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' })}..AA.${bomb}.AA`, 'not_three_parts')
  refused(`${b64({ alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', p2c: 2 ** 31 })}.AA.AA.AA.AA`, 'not_three_parts')
  refused(withHeader({ alg: 'PBES2-HS256+A128KW', p2c: 2 ** 31 }), 'alg_unknown')
  refused(forge({ ...goodHeader, zip: 'DEF' }, gzipSync(JSON.stringify(goodPayload)).toString('latin1')), [
    'payload_not_json',
    'payload_not_utf8',
  ])
})

test('JV-14: bytes that are not UTF-8 or hide something; names are compared by code points, nothing is normalised', async () => {
  const raw = (payload: Buffer) => {
    const signed = `${b64(goodHeader)}.${payload.toString('base64url')}`
    return `${signed}.${Buffer.from(derToP1363(sign('sha256', Buffer.from(signed), issuer.privateKey), 32)!).toString('base64url')}`
  }
  const text = JSON.stringify(goodPayload)
  const splice = (bytes: number[]) => Buffer.concat([Buffer.from(`${text.slice(0, -1)},"x":"`), Buffer.from(bytes), Buffer.from('"}')])
  for (const bytes of [[0xff], [0xc0, 0xaf], [0xe0, 0x80, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0x80], [0xe2, 0x82]]) {
    refused(raw(splice(bytes)), 'payload_not_utf8')
  }
  refused(raw(Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), Buffer.from(text)])), 'payload_not_json')
  refused(raw(Buffer.from(text, 'utf16le')), 'payload_not_json')
  refused(raw(Buffer.from(`${text.slice(0, -1)},"x":"\\ud800"}`)), 'payload_lone_surrogate')
  const composed = 'https://caf\u00e9.example'
  const judge = issuer.verifier({ audience: composed, logger: quiet })
  await clock.advance(0)
  assert.equal(judge.verifySync({ authorization: issuer.bearer({ aud: composed }) })?.outcome, 'accepted')
  refusedBy(judge, issuer.token({ aud: composed.normalize('NFD') }), 'aud_wrong')
})

test('JV-15: times that are missing, no numbers, not whole, out of range, or over, exact to the second', () => {
  for (const name of ['exp', 'iat', 'nbf']) {
    for (const value of ['1764000300', 1764000300.5, -1, 2 ** 53, null, true, [start + 300], {}])
      refused(withClaims({ [name]: value }), `${name}_malformed`)
    if (name !== 'nbf') refused(withClaims({ [name]: undefined }), `${name}_malformed`)
    for (const text of ['1e400', '-1e400']) {
      refused(
        forge(goodHeader, `${JSON.stringify({ ...goodPayload, [name]: undefined }).slice(0, -1)},"${name}":${text}}`),
        'payload_number_out_of_range',
      )
    }
    refused(forge(goodHeader, `${JSON.stringify({ ...goodPayload, [name]: undefined }).slice(0, -1)},"${name}":NaN}`), 'payload_not_json')
  }
  const now = Math.floor(clock.wall() / 1000)
  refused(withClaims({ exp: now - 5 }), 'expired')
  refused(withClaims({ exp: 0 }), ['expired', 'before_horizon'])
  refused(withClaims({ nbf: now + 6 }), 'not_yet_valid')
  const accepted = (change: object) => verifier.verifySync({ authorization: `Bearer ${withClaims(change)}` })?.outcome
  assert.deepEqual(
    [accepted({ exp: now - 4 }), accepted({ nbf: now + 5 }), accepted({ iat: now + 3600 })],
    ['accepted', 'accepted', 'accepted'],
  )
})

test('JV-16: an audience that is missing, a list, a number, or only nearly ours', () => {
  const aud = issuer.audience
  for (const value of [undefined, null, '', 7, {}, [aud], [], Array.from({ length: 1000 }, () => 'x'), ['x', aud]])
    refused(withClaims({ aud: value }), ['aud_malformed', 'payload_too_many_members'])
  for (const value of [
    `${aud}/`,
    aud.slice(0, -1),
    `${aud}x`,
    aud.toUpperCase(),
    `x${aud}`,
    ` ${aud}`,
    `${aud} `,
    aud.replace('https', 'http'),
    `${aud}\0`,
    `${aud},x`,
  ]) {
    refused(withClaims({ aud: value }), 'aud_wrong', value)
  }
})

test('JV-17: every other sort of token as an access token; and the spellings of at+jwt that are one', () => {
  const sorts = [
    'JWT',
    'jwt',
    'logout+jwt',
    'logout-receipt+jwt',
    'secevent+jwt',
    'dpop+jwt',
    'token-introspection+jwt',
    'client-authentication+jwt',
    'oauth-authz-req+jwt',
    'txntoken+jwt',
    'command+jwt',
    'id+jwt',
    'at+jwtx',
    'at+jw',
    'at jwt',
    'text/at+jwt',
    'application/application/at+jwt',
  ]
  for (const typ of sorts) refused(withHeader({ typ }), ['typ_wrong', 'typ_malformed'], typ)
  for (const typ of [undefined, null, '', 7, ['at+jwt'], 'at+ｊwt', 'at+jwt ', '\u212a', 'a'.repeat(200)])
    refused(withHeader({ typ }), 'typ_malformed', String(typ))
  for (const typ of ['at+jwt', 'AT+JWT', 'At+Jwt', 'application/at+jwt', 'APPLICATION/AT+JWT']) {
    assert.equal(verifier.verifySync({ authorization: `Bearer ${withHeader({ typ })}` })?.outcome, 'accepted', typ)
  }
})

test('JV-18: another issuer, nearly ours, or with the very same key; verifiers of two issuers do not share keys or tokens', async () => {
  const iss = issuer.issuer
  for (const value of [`${iss}/`, iss.toUpperCase(), iss.replace('https', 'http'), `${iss}/tenant`, `${iss}.`, ` ${iss}`])
    refused(withClaims({ iss: value }), 'iss_wrong', value)
  for (const value of [undefined, null, 7, [iss], '']) refused(withClaims({ iss: value }), 'iss_malformed')
  const other = await scene()
  const [ours, theirs] = [issuer.token(), other.issuer.token()]
  assert.equal(verifier.verifySync({ authorization: `Bearer ${ours}` })?.outcome, 'accepted')
  assert.equal(other.verifier.verifySync({ authorization: `Bearer ${theirs}` })?.outcome, 'accepted')
  refused(theirs, 'kid_unknown')
  refusedBy(other.verifier, ours, 'kid_unknown')
})

test('JV-19: a client’s own token where a user is needed, and a subject that says it is somebody else', () => {
  const own = issuer.bearer({ usr: undefined as never, sid: undefined as never, gid: undefined as never, sub: 'test' })
  assert.equal(verifier.verifySync({ authorization: own })?.outcome, 'accepted')
  assert.partialDeepStrictEqual(verifier.verifySync({ authorization: own, user: true }), {
    outcome: 'refused',
    reason: 'user_missing',
    status: 403,
  })
  for (const sub of [undefined, null, 7, '', ['user-1']]) refused(withClaims({ sub }), 'sub_malformed')
  for (const usr of [null, 7, '', ['u']]) refused(withClaims({ usr }), 'usr_malformed')
  for (const client_id of [undefined, null, 7, '']) refused(withClaims({ client_id }), 'client_id_malformed')
})

test('JV-20: a token that is bound to a key, shown without proof, whatever it is bound by', () => {
  for (const cnf of [{ jkt: 'x'.repeat(43) }, { 'x5t#S256': 'x'.repeat(43) }, { unheard: 'of' }, {}])
    refused(withClaims({ cnf }), 'cnf_unproved')
  for (const cnf of [null, 'x', [], 7]) refused(withClaims({ cnf }), 'cnf_malformed')
  const verdict = verifier.verifySync({ authorization: `DPoP ${withClaims({ cnf: { jkt: 'x' } })}` })
  assert.partialDeepStrictEqual(verdict, { outcome: 'refused', reason: 'scheme_wrong' })
})

test('JV-21: a scope is one text of whole words; a list is no scope', () => {
  const check = (scope: unknown) => verifier.verifySync({ authorization: `Bearer ${withClaims({ scope })}`, scope: 'read' })
  for (const scope of ['reader', 'xread', 'read,write', 'READ', 'write', '', 'read\twrite', 're ad', undefined]) {
    assert.partialDeepStrictEqual(check(scope), { outcome: 'refused', reason: 'scope_missing', status: 403, code: 'insufficient_scope' })
  }
  for (const scope of [['read'], 7, null, {}])
    assert.partialDeepStrictEqual(check(scope), { outcome: 'refused', reason: 'scope_malformed' })
  for (const scope of ['read', 'write read', 'read write']) assert.equal(check(scope)?.outcome, 'accepted')
})

test('JV-22, JV-24: without a lease, or stopped until it is over, nothing is accepted silently', async () => {
  const { issuer: cut, verifier: judge, clock: time } = await scene()
  const authorization = cut.bearer()
  cut.unplug()
  await time.advance(4999)
  assert.equal(judge.verifySync({ authorization })?.outcome, 'accepted')
  await time.advance(1)
  assert.partialDeepStrictEqual(await judge.verify({ authorization }), { outcome: 'unavailable', reason: 'issuer_failed', status: 503 })
  assert.match(judge.state().problem!, /unplugged/)
})

test('JV-23: sessions, tokens, users, clients and keys that ended, also a session that was never seen here', async () => {
  const { issuer: own, verifier: judge, clock: time } = await scene()
  const end = async (run: () => Promise<void>) => {
    const done = run()
    await time.advance(0)
    await done
  }
  const tokens = {
    session: own.token({ sid: 's' }),
    other: own.token({ sid: 'unseen' }),
    user: own.token({ usr: 'u' }),
    client: own.token({ client_id: 'c' }),
    jti: own.token({ jti: 'j' }),
  }
  const plain = own.token()
  await end(() => own.end({ sid: 's' }))
  refusedBy(judge, tokens.session, 'session_ended')
  await end(() => own.end({ sid: 'unseen' }))
  refusedBy(judge, tokens.other, 'session_ended')
  await end(() => own.cut({ usr: 'u' }))
  refusedBy(judge, tokens.user, 'user_cut')
  await end(() => own.stale({ client_id: 'c' }))
  refusedBy(judge, tokens.client, 'client_stale')
  await end(() => own.end({ jti: 'j' }))
  refusedBy(judge, tokens.jti, 'token_ended')
  assert.equal(judge.verifySync({ authorization: `Bearer ${plain}` })?.outcome, 'accepted')
  const reborn = own.bearer({ usr: 'u', client_id: 'c' })
  assert.equal(judge.verifySync({ authorization: reborn })?.outcome, 'accepted', 'RV-7: born after the cut')
  await end(() => own.end({ kid: own.kid }))
  refusedBy(judge, plain, 'key_ended')
  refusedBy(judge, own.token(), 'kid_unknown')
})

test('JV-25: what a caller is told has neither reason nor token in it', () => {
  const token = withClaims({ aud: 'https://other.example' })
  const verdict = verifier.verifySync({ authorization: `Bearer ${token}` })
  assert.ok(verdict?.outcome === 'refused')
  const told = JSON.stringify([verdict.headers, verdict.code, verdict.description])
  assert.ok(!told.includes('aud_wrong') && !told.includes(token.slice(0, 20)))
  assert.ok(!JSON.stringify(verdict).includes(token.slice(-20)), 'a verdict that is logged whole has no token in it')
})

test('JV-26: claims have no prototype, cannot be changed, and change nobody else’s', () => {
  const extra = `${JSON.stringify(goodPayload).slice(0, -1)},"__proto__":{"isAdmin":true},"toString":"x","constructor":{"prototype":{"isAdmin":true}}}`
  const verdict = verifier.verifySync({ authorization: `Bearer ${forge(goodHeader, extra)}` })
  assert.ok(verdict?.outcome === 'accepted')
  assert.equal(Object.getPrototypeOf(verdict.claims), null)
  assert.equal(({} as { isAdmin?: boolean }).isAdmin, undefined)
  assert.equal((verdict.claims as { isAdmin?: boolean }).isAdmin, undefined)
  const claims = verdict.claims as Record<string, unknown>
  assert.throws(() => {
    claims.sub = 'admin'
  }, TypeError)
  for (const name of ['pos', 'seq', 'jti']) refused(withClaims({ [name]: undefined }), `${name}_malformed`)
})

test('JV-27: nothing that is secret is compared here; where a good and a forged signature differ, no time is told', () => {
  // A verifier holds public keys and its own key, which it only sends. So what could leak is how far a signature was right; each is checked whole.
  const [signed, signature] = [forge(goodHeader).split('.').slice(0, 2).join('.'), forge(goodHeader).split('.')[2]!]
  for (let at = 0; at < signature.length - 1; at += 7) {
    const changed = `${signature.slice(0, at)}${signature[at] === 'A' ? 'B' : 'A'}${signature.slice(at + 1)}`
    refused(`${signed}.${changed}`, 'signature_wrong')
  }
})

test('a verifier never throws for what comes in, whatever it is', () => {
  for (const authorization of [
    undefined,
    null,
    7,
    {},
    [],
    ['Bearer x'],
    Symbol('x'),
    '',
    ' ',
    'Bearer',
    'Bearer ',
    'Bearer  x',
    'bearer\tx',
    '\0',
  ] as never[]) {
    const verdict = verifier.verifySync({ authorization })
    assert.equal(verdict?.outcome, 'refused', String(authorization))
  }
  // JV-28 is test/fuzz.test.ts.
})
