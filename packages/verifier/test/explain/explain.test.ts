import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Explanation, VerifierOptions } from '@curfew/verifier'
import { lengthWords, reasonWords, tokenHint } from '@curfew/verifier/explain'
import { makeTestClock, makeTestIssuer } from '@curfew/verifier/testing'

const quiet = { info() {}, warn() {}, error() {} }

async function scene(options: Partial<VerifierOptions> = {}) {
  const world = makeTestClock()
  const issuer = makeTestIssuer({ world })
  const verifier = issuer.verifier({ logger: quiet, ...options })
  await world.advance(10)
  const told = async (token: string): Promise<string> => text(await verifier.explain(token))
  return { world, issuer, verifier, told }
}

/** As a service would print it. */
function text({ facts }: Explanation): string {
  return facts.map(({ what, is }) => `${what}: ${is}`).join('\n')
}

test('S28: explain tells of a good token what it is, until when, by which rule, at which number, with which lease', async () => {
  const { issuer, told } = await scene()
  assert.equal(
    await told(issuer.token({ client_id: 'orders-web' })),
    `token: at+jwt for https://api.example, client orders-web
expires: in 5 min
rule: V1
ledger: this copy is at no. 0
lease: 5.0 s left
verdict: accepted`,
  )
})

test('S2: a token that is bound to a network says to which; whether a request comes from there, only a request can tell', async () => {
  const { issuer, told } = await scene()
  assert.match(
    await told(issuer.token({ cnf: { address: '203.0.113.0/24' } })),
    /\nbound: to 203\.0\.113\.0\/24: from elsewhere it is refused\n[\s\S]*verdict: accepted$/,
  )
})

test('S19, S20: of one that ended: why, by which number on, and what to do; each way of ending has its own words', async () => {
  const { world, issuer, verifier, told } = await scene()
  const { sid, gid, jti, usr } = { sid: 's'.repeat(22), gid: 'g'.repeat(22), jti: 'j'.repeat(22), usr: 'u'.repeat(22) }
  const token = { sid: issuer.token({ sid }), gid: issuer.token({ gid }), jti: issuer.token({ jti }), usr: issuer.token({ usr }) }
  void issuer.end({ sid })
  void issuer.end({ gid })
  void issuer.end({ jti })
  void issuer.stale({ usr })
  await world.advance(10)
  assert.match(
    await told(token.sid),
    /because: its session was ended\nrule: Covered\nledger: this copy is at no\. 4\n.*\nverdict: refused\nto do: sign in again there$/,
  )
  assert.match(await told(token.gid), /because: its grant was ended\n/)
  assert.match(await told(token.jti), /because: this one token was ended\n[\s\S]*to do: refresh: the session lives on/)
  assert.match(await told(token.usr), /because: its user's rights changed since\n[\s\S]*to do: refresh once/)
  void issuer.cut({ usr })
  await world.advance(10)
  assert.partialDeepStrictEqual(await verifier.explain(token.usr), {
    reason: 'user_cut',
    why: 'all that its user had was ended',
    position: 5,
  })
})

test('what is wrong with the set-up is told with both sides, once the signature was good', async () => {
  const { issuer, told } = await scene()
  assert.match(
    await told(issuer.token({ aud: 'https://other.example' })),
    /because: it is for https:\/\/other\.example, and this service is https:\/\/api\.example\n/,
  )
  assert.match(
    await told(issuer.token({ iss: 'https://issuer.example/' })),
    /because: it is of https:\/\/issuer\.example\/, and the issuer here is https:\/\/issuer\.example\n/,
  )
  const forged = `${issuer.token({ aud: 'https://other.example' }).slice(0, -8)}AAAAAAAA`
  assert.doesNotMatch(await told(forged), /other\.example/)
  const hostile = await told(issuer.token({ aud: `https://api.example/\u001b[2J${'x'.repeat(5000)}` }))
  assert.ok(!hostile.includes('\u001b') && hostile.length < 900)
})

test('V5, V10: without a lease it says so, what the service does then, and why it has none', async () => {
  for (const [onLeaseLost, cold, over] of [
    ['introspect', 'none yet: it asks the issuer', 'over: it asks the issuer'],
    ['refuse', 'none yet: it refuses', 'over: it refuses'],
    ['accept', 'none yet: it asks the issuer', 'over: it accepts until tokens expire'],
  ] as const) {
    const world = makeTestClock()
    const issuer = makeTestIssuer({ world })
    issuer.unplug()
    const verifier = issuer.verifier({ logger: quiet, onLeaseLost })
    await world.advance(10)
    const unheard = text(await verifier.explain(issuer.token()))
    assert.match(unheard, new RegExp(`\nlease: ${cold}\n|because: the issuer's keys are not here`), onLeaseLost)
    issuer.plugIn()
    await world.advance(1_000)
    assert.match(text(await verifier.explain(issuer.token())), /lease: \d\.\d s left/)
    issuer.unplug()
    await world.advance(10_000)
    const late = text(await verifier.explain(issuer.token()))
    assert.match(late, new RegExp(`\nlease: ${over}\n`))
    if (onLeaseLost === 'refuse')
      assert.match(late, /rule: V10\n[\s\S]*verdict: not decided: 503, try again\nto do: no answer from the issuer/)
    if (onLeaseLost === 'introspect') assert.match(late, /rule: V5\n[\s\S]*verdict: not here: the issuer is asked\n/)
    await verifier.close()
  }
})

test('LO-1: no part of a token gets into an explanation, whatever is given', async () => {
  const { issuer, verifier } = await scene()
  const good = issuer.token({ sid: 's'.repeat(22) })
  const [header = '', payload = '', signature = ''] = good.split('.')
  for (const given of [
    good,
    `${header}.${payload}.${signature.slice(0, -2)}AA`,
    `${good}x`,
    `Bearer ${good}`,
    `"${good}"`,
    `cfr_${payload}`,
    payload,
  ]) {
    const all = JSON.stringify(await verifier.explain(given))
    for (const part of [header, payload, signature, signature.slice(0, 20)]) assert.ok(!all.includes(part), given.slice(0, 12))
  }
})

test('what people paste in the place of a token is recognised', async () => {
  const { issuer, verifier } = await scene()
  const token = issuer.token()
  for (const [given, todo] of [
    [`Bearer ${token}`, /leave the word Bearer away/],
    [`"${token}"`, /quotes/],
    [`${token.slice(0, 50)}\n${token.slice(50)}`, /white space/],
    [`${token.slice(0, 50)}…`, /cut off/],
    ['cfr_abc', /refresh token/],
    ['cfk_orders_abc', /service's key/],
    ['', /nothing/],
    ['a.b.c.d.e', /JWE/],
  ] as const) {
    const said = await verifier.explain(given)
    assert.equal(said.outcome, 'refused')
    assert.match(said.todo, todo, given.slice(0, 10))
  }
  assert.equal(tokenHint(token), undefined)
})

test('verdict.explain: what is so now, for a token that was accepted before', async () => {
  const { world, issuer, verifier } = await scene()
  const verdict = await verifier.verify({ authorization: issuer.bearer({ sid: 's'.repeat(22) }) })
  assert.ok(verdict.outcome === 'accepted')
  void issuer.end({ sid: 's'.repeat(22) })
  await world.advance(10)
  assert.partialDeepStrictEqual(verdict.explain(), { outcome: 'refused', reason: 'session_ended', why: 'its session was ended' })
  await verifier.close()
  assert.partialDeepStrictEqual(await verifier.explain(issuer.token()), { outcome: 'unavailable', reason: 'closed', rule: 'V7' })
})

test('every reason has a rule, what is so and what to do: also those that are made up of others, and those to come', () => {
  for (const reason of ['header_not_json', 'payload_duplicate_member', 'pos_malformed', 'something_new', '__proto__', 'constructor']) {
    const { rule, why, todo } = reasonWords(reason)
    for (const words of [rule, why, todo]) assert.match(words, /^[A-Za-z_].{2,}/, reason)
  }
  assert.equal(reasonWords('pos_malformed').why, 'its claim pos is missing, or no good one')
  assert.equal(lengthWords(192), '3 min 12 s')
})
