import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type SignedOutView, signedOutView } from '../../src/pages/views/signed-out-view.ts'
import { at, frame, reads } from './samples.ts'

const three: SignedOutView['services'] = [
  { name: 'orders', state: 'acknowledged', ms: 2.6 },
  { name: 'billing', state: 'acknowledged', ms: 2.9 },
  { name: 'inbox', state: 'acknowledged', ms: 3.8 },
]
const inbox = (state: 'lease_over' | 'waiting'): SignedOutView['services'] => [...three.slice(0, 2), { name: 'inbox', state }]
const view: SignedOutView = {
  ...frame,
  outcome: 'confirmed',
  tookMs: 4.1,
  services: three,
  uncovered: [],
  kept: [],
  receipt: { seq: 1042, at },
}
const said = (changes: Partial<SignedOutView>) => reads(signedOutView({ ...view, ...changes }))

test('S4: confirmed and nothing left over: no service accepts this device any more', () => {
  assert.match(said({}), /You are signed out No service accepts this device any more\. All three confirmed it in 4\.1 ms\./)
})

test('S4: everywhere: lights out, but only if nothing is uncovered or kept', () => {
  assert.match(said({ everywhere: true }), /Lights out\. No service accepts any of your devices\./)
  assert.doesNotMatch(said({ everywhere: true, uncovered: [{ aud: 'legacy', until: at }] }), /Lights out/)
  assert.doesNotMatch(said({ everywhere: true, kept: [{ client: 'mobile' }] }), /Lights out/)
})

test('S4: what is uncovered is named in the same sentence, with its time', () => {
  const text = said({ uncovered: [{ aud: 'legacy', until: Date.UTC(2026, 10, 24, 21, 5) }] })
  assert.match(text, /No service accepts this device any more, except legacy, until 21:05:00 UTC\./)
})

test('S4: a lease that ran out is told as such, not as a confirmation', () => {
  const text = said({ services: inbox('lease_over'), tookMs: 5150 })
  assert.match(
    text,
    /Orders and billing confirmed it\. Inbox did not answer\. Its lease is over: it accepts nothing without asking us first/,
  )
  assert.doesNotMatch(text, /All three/)
})

test('S4: pending: nowhere does it say that no service accepts', () => {
  const text = said({ outcome: 'pending', services: inbox('waiting'), latestInMs: 3200 })
  assert.match(text, /not confirmed everywhere yet/)
  assert.match(text, /Inbox has not answered yet; it stops accepting in 3\.2 s at the latest\./)
  assert.doesNotMatch(text, /No service accepts/)
})

test('nobody was signed in: said, and no receipt is made up', () => {
  const text = said({ outcome: 'nobody', services: [] })
  assert.match(text, /Nobody is signed in/)
  assert.doesNotMatch(text, /receipt/i)
})

test('what lives on by consent is named', () => {
  assert.match(said({ kept: [{ client: 'mobile', scope: 'mail' }] }), /Mobile may go on without you, as you allowed\./)
})

test('S4: a verifier that is gone confirmed nothing: its lease is over', () => {
  const text = said({ services: [...three.slice(0, 2), { name: 'inbox', state: 'gone' }] })
  assert.match(text, /Inbox did not answer\. Its lease is over/)
  assert.doesNotMatch(text, /All three/)
})
