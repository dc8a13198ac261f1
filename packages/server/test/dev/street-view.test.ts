import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { StreetState } from '../../src/dev/street/street-state.ts'
import { streetRegions, streetView } from '../../src/dev/street/street-view.ts'
import { tokens } from '../../src/pages/views/styles.ts'
import { attribute, reads, tags } from '../pages/samples.ts'
import { receipt, states } from './street-samples.ts'

const pages = Object.entries(states).map(([name, state]) => ({ name, state, document: streetView(state, { nonce: 'bm9uY2U' }) }))
const { oneOut, oneSilent, nobody } = states

function words(state: StreetState | undefined): string {
  assert.ok(state)
  return reads(streetView(state, { nonce: 'n' })).replaceAll('\u00a0', ' ')
}

test('the headline is news, the picture is for eyes only, the table says the same', () => {
  for (const { name, document } of pages) {
    assert.match(document, /<div class="say" id="say" role="status" aria-live="polite">/, name)
    assert.match(document, /<div class="street" id="street" aria-hidden="true">/, name)
    assert.equal(tags(document, 'h1').length, 1, name)
    assert.equal(tags(document, 'table').length, 1, name)
  }
  assert.match(words(oneOut), /orders Express, :4102 accepted refused after 2\.6 ms accepted 1,204 37 4\.6 s 1042/)
  assert.match(words(oneSilent), /inbox Hono, :4104 no answer not confirmed, 3\.2 s at most no answer/)
  assert.match(words(nobody), /orders Express, :4102 not signed in not signed in not signed in/)
})

test('AZ-22: everything works without a script: buttons are forms that post, and a pending page comes back by itself', () => {
  for (const { name, state, document } of pages) {
    const forms = document.split('<form').slice(1)
    for (const form of forms)
      assert.match(form, /^ method="post" action="\/(sign-in|sign-out|devices|devices\/(laptop|phone|tablet)\/sign-out)"/, name)
    assert.equal(tags(document, 'button').length, forms.length, name)
    for (const tag of tags(document, '[a-z][a-z0-9]*')) assert.doesNotMatch(tag, /\s(on[a-z]+|style)=/, name)
    assert.equal(document.includes('http-equiv="refresh"'), state.receipt?.outcome === 'pending', name)
  }
})

test('each device has one thing to do, and says which device it is', () => {
  const actions = (state: StreetState | undefined) => {
    assert.ok(state)
    return [...streetView(state, { nonce: 'n' }).matchAll(/<li class="device[\s\S]*?action="([^"]+)"/g)].map(([, action]) => action)
  }
  assert.deepEqual(actions(oneOut), ['/devices/laptop/sign-out', '/devices', '/devices/tablet/sign-out'])
  assert.deepEqual(actions(nobody), ['/sign-in', '/sign-in', '/sign-in'])
  assert.match(words(oneOut), /Sign in again phone/)
})

test('AZ-23: names are text wherever they stand', () => {
  assert.ok(oneOut)
  const evil = '<img src=x onerror=alert(1)>"\''
  const hostile: StreetState = {
    ...oneOut,
    person: evil,
    issuer: evil,
    services: oneOut.services.map((service) => ({ ...service, name: evil, kind: evil })),
    receipt: {
      ...receipt,
      kept: [evil],
      uncovered: [{ aud: evil, until: 0 }],
      verifiers: receipt.verifiers.map((row) => ({ ...row, name: evil })),
    },
  }
  const document = streetView(hostile, { nonce: 'n' })
  assert.equal(tags(document, 'img').length, 0)
  for (const region of Object.values(streetRegions(hostile))) assert.doesNotMatch(region, /<img/)
  assert.match(streetView({ ...oneOut, news: { kind: 'notSignedIn', why: evil } }, { nonce: 'n' }), /&lt;img/)
})

test('the receipt says that it is signed only if its signature was checked', () => {
  assert.ok(oneOut)
  assert.match(words(oneOut), /Signed by the issuer, ES256\./)
  const { signedWith: _, ...unchecked } = receipt
  assert.match(words({ ...oneOut, receipt: unchecked }), /Its signature could not be checked\./)
})

test('every changing part has an id that the page has once', () => {
  for (const { name, state, document } of pages) {
    for (const [id, region] of Object.entries(streetRegions(state))) {
      assert.equal(attribute(region.slice(0, region.indexOf('>') + 1), 'id'), id, name)
      assert.equal(document.split(` id="${id}"`).length, 2, `${name}: ${id}`)
      assert.ok(document.includes(region), `${name}: ${id}`)
    }
  }
})

test('the street has no colours of its own', () => {
  for (const name of ['street', 'houses', 'street-narrow']) {
    const sheet = readFileSync(new URL(`../../src/dev/street/${name}.css`, import.meta.url), 'utf8')
    assert.doesNotMatch(sheet, /#[0-9a-f]{3,8}\b|rgb\(/i, name)
    for (const [, property = ''] of sheet.matchAll(/var\(--([a-z0-9-]+)\)/g))
      assert.ok(tokens.includes(`--${property}:`), `${name}: --${property}`)
  }
})
