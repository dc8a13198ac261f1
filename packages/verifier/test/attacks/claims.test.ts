import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  clock,
  forge,
  goodHeader,
  goodPayload,
  issuer,
  refused,
  refusedBy,
  scene,
  start,
  verifier,
  withClaims,
  withHeader,
} from './forge.ts'

// The attack corpus of docs/requirements.md §2.12: every vector is refused, with a named reason, in bounded time.

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
  const half = { address: '203.0.113.0/24', jkt: 'x'.repeat(43) }
  for (const cnf of [
    { jkt: 'x'.repeat(43) },
    { 'x5t#S256': 'x'.repeat(43) },
    { unheard: 'of' },
    {},
    half,
    { address: 7 },
    { address: null },
    { address: ['203.0.113.7'] },
  ])
    refused(withClaims({ cnf }), 'cnf_unproved')
  // Bound to a network address: whatever is no network, and whoever does not say where they are.
  for (const address of ['', '0', 'unknown', '203.0.113.0/33', '203.0.113.7/24', '203.0.113.0/24 ', '*'])
    refused(withClaims({ cnf: { address } }), 'address_wrong')
  refused(withClaims({ cnf: { address: '203.0.113.0/24' } }), 'address_wrong')
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
