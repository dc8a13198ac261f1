import assert from 'node:assert/strict'
import { test } from 'node:test'
import { say } from '../../src/dev/street/say.ts'
import type { StreetState } from '../../src/dev/street/street-state.ts'
import { at, devices, receipt, states } from './street-samples.ts'

/** What is read, with plain spaces; what only ears get is in brackets. */
function said(state: StreetState | undefined, changes: Partial<StreetState> = {}): string {
  assert.ok(state)
  const { lines, more } = say({ ...state, ...changes })
  const plain = String(more)
    .replace(/<span class="unseen">(.*?)<\/span>/g, '[$1]')
    .replace(/<[^>]+>/g, '')
  return `${lines.join(' ')} ${plain}`.replaceAll('\u00a0', ' ')
}

const { oneOut, everywhere, oneSilent, nobody, issuerAway, noAnswer, allIn, oneIn } = states

test('the sentences of the house, word for word', () => {
  assert.match(
    said(oneOut),
    /^The phone is signed out\. No service accepts it any more\. All three services confirmed it within 4\.1 ms of the click\. The laptop and the tablet carry on\.$/,
  )
  assert.match(said(everywhere), /^Lights out\. No service accepts any of your devices\. /)
  assert.match(said(oneSilent), /^The phone is signed out, but inbox has not confirmed yet\. Its lease runs out in 3\.2 s/)
  assert.match(said(nobody), /^Nobody is signed in\. Sign in, and a window lights up in every house\.$/)
  assert.match(said(noAnswer), /^The server did not answer, so this may or may not have worked\. Try again: twice does no harm\.$/)
  assert.match(said(issuerAway), /^The issuer does not answer\. The services go on for the rest of their leases, 3\.8 s/)
})

test('S4: no service accepts it: only what is covered; the rest is named, with its time', () => {
  const uncovered = [{ aud: 'legacy', until: at + 300_000 }]
  assert.match(said(oneOut, { receipt: { ...receipt, uncovered } }), /No service accepts it any more, except legacy, until 21:05:07 UTC\./)
  assert.doesNotMatch(said(everywhere, { receipt: { ...receipt, uncovered } }), /Lights out/)
  assert.doesNotMatch(said(everywhere, { receipt: { ...receipt, kept: ['mobile'] } }), /Lights out/)
})

test('S4: a lease that ran out, or a verifier that is gone, is not called a confirmation', () => {
  for (const state of [
    { leaseOver: 1, gone: 0 },
    { leaseOver: 0, gone: 1 },
  ]) {
    const verifiers = receipt.verifiers.map((row) =>
      row.name === 'inbox' ? { name: 'inbox', acknowledged: 0, waiting: 0, ...state } : row,
    )
    const text = said(oneOut, { receipt: { ...receipt, verifiers } })
    assert.match(text, /Inbox did not answer, and its lease is over/)
    assert.doesNotMatch(text, /All three/)
  }
})

test('before the issuer has answered, nothing is promised', () => {
  assert.ok(oneOut)
  const text = said(oneOut, { news: { kind: 'signedOut', devices: ['phone'], everywhere: false } })
  assert.match(text, /is being signed out/)
  assert.doesNotMatch(text, /No service/)
})

test('what counts down is read out once only', () => {
  assert.match(said(oneSilent), /3\.2 s\[3\.4 s\]/)
})

test('who is in, and a service that is silent', () => {
  assert.match(said(allIn), /^Three devices are signed in\. Every service accepts them\./)
  assert.match(said(oneIn), /^The laptop is signed in\. Every service accepts it\. Open another device/)
  assert.ok(allIn)
  const silent = allIn.services.map((service) => ({ ...service, silent: service.name === 'inbox' }))
  assert.match(said(allIn, { services: silent }), /Inbox does not answer\./)
  assert.match(
    said(allIn, { devices: devices(['in', 'out', 'out']), news: { kind: 'endedElsewhere', devices: ['phone', 'tablet'] } }),
    /^The phone and the tablet are signed out\. The services refuse them\./,
  )
})
