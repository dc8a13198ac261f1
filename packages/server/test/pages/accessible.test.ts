import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signInView } from '../../src/pages/views/sign-in-view.ts'
import { attribute, everyView, frame, tags } from './samples.ts'

const documents = Object.entries(everyView('Ada Lovelace'))

test('WCAG 2.2 3.1.1, 2.4.2, 1.3.1: every page has a language, a title, one heading of the first level, one main', () => {
  for (const [name, document] of documents) {
    assert.equal(attribute(tags(document, 'html')[0] ?? '', 'lang'), 'en', name)
    assert.match(document, /<title>[^<]+<\/title>/, name)
    assert.match(document, /<meta name="viewport" content="width=device-width, initial-scale=1">/, name)
    assert.equal(tags(document, 'h1').length, 1, name)
    assert.equal(tags(document, 'main').length, 1, name)
  }
})

test('WCAG 2.2 1.3.1, 1.3.5: every visible field has a label of its own and says what it is for', () => {
  const fields = documents.flatMap(([, document]) =>
    tags(document, 'input')
      .filter((tag) => attribute(tag, 'type') !== 'hidden')
      .map((tag) => ({ tag, document })),
  )
  assert.ok(fields.length >= 4)
  for (const { tag, document } of fields) {
    assert.ok(document.includes(`<label for="${attribute(tag, 'id')}">`), tag)
    assert.ok(attribute(tag, 'autocomplete'), tag)
    assert.equal(attribute(tag, 'placeholder'), undefined)
  }
  const [, signIn] = documents[0]!
  assert.deepEqual(
    tags(signIn, 'input')
      .map((tag) => attribute(tag, 'autocomplete'))
      .filter(Boolean),
    ['username', 'current-password'],
  )
})

test('WCAG 2.2 3.3.1: what went wrong gets the focus without a script, and the field points at its words', () => {
  const view = { ...frame, action: '/sign-in', interaction: 'i', csrf: 'c' }
  const wrong = signInView({ ...view, problem: 'mismatch', identifier: 'ada' })
  assert.match(wrong, /<div class="note bad" role="alert" tabindex="-1" autofocus>/)
  const password = tags(wrong, 'input').find((tag) => attribute(tag, 'type') === 'password') ?? ''
  assert.equal(attribute(password, 'aria-invalid'), 'true')
  assert.ok(wrong.includes(`id="${attribute(password, 'aria-describedby')}"`))
  assert.equal(attribute(password, 'value'), undefined)
  for (const problem of ['expired', { waitSeconds: 40 }] as const)
    assert.match(signInView({ ...view, problem }), /role="alert" tabindex="-1" autofocus/)
  assert.doesNotMatch(signInView(view), /role="alert"/)
})

test('AZ-22: every page works without a script: forms post, links lead somewhere, no handler in the markup, one script that carries the nonce', () => {
  for (const [name, document] of documents) {
    for (const form of tags(document, 'form')) {
      assert.equal(attribute(form, 'method'), 'post', name)
      assert.equal(attribute(form, 'action'), '/here', name)
    }
    const forms = document.split('<form').slice(1)
    for (const form of forms) {
      assert.match(form, /<input type="hidden" name="csrf" value="Ada Lovelace">/, name)
      assert.match(form, /<button [^>]*type="submit"/, name)
    }
    for (const link of tags(document, 'a')) assert.match(attribute(link, 'href') ?? '', /^(\/|https:)/, name)
    for (const tag of tags(document, '[a-z][a-z0-9]*')) assert.doesNotMatch(tag, /\s(on[a-z]+|style)=/, name)
    assert.deepEqual(
      tags(document, 'script').map((tag) => attribute(tag, 'nonce')),
      ['bm9uY2U'],
      name,
    )
    assert.equal(document.match(/<style nonce="bm9uY2U">/g)?.length, 1, name)
    assert.doesNotMatch(document, /<(link|img|iframe|object)[^>]*(href|src)="(?!data:)/, name)
  }
})

test('the hidden fields carry the interaction and the hints, and only those that are there', () => {
  const byName = Object.fromEntries(documents)
  const hidden = (document = '') =>
    tags(document, 'input')
      .filter((tag) => attribute(tag, 'type') === 'hidden')
      .map((tag) => attribute(tag, 'name'))
  assert.deepEqual(hidden(byName.signIn), ['csrf', 'interaction'])
  assert.deepEqual(hidden(byName.consent), ['csrf', 'interaction'])
  assert.deepEqual(hidden(byName.confirm), ['csrf', 'state'])
})

test('the street is there only where it is asked for, and only decoration', () => {
  const { street: _, ...alone } = { ...frame, action: '/sign-in', interaction: 'i', csrf: 'c' }
  assert.doesNotMatch(signInView(alone), /class="street-foot"/)
  assert.match(signInView({ ...alone, street: { lit: true } }), /<div class="street-foot"><svg aria-hidden="true">.*var\(--lit\)/)
  assert.doesNotMatch(signInView({ ...alone, street: { lit: false } }), /fill="var\(--lit\)"/)
})
