import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consentView } from '../../src/pages/views/consent-view.ts'
import { attribute, frame, reads, tags } from './samples.ts'

const document = consentView({
  ...frame,
  action: '/consent',
  interaction: 'i',
  csrf: 'c',
  client: { name: 'Photo Printer', host: 'printer.example.net' },
  user: { name: 'Ada Lovelace' },
  scopes: [
    { name: 'photos:read', text: 'read your photos' },
    { name: 'albums', text: 'albums' },
  ],
  audience: 'https://photos.example.com',
})

test('AZ-20: consent says who asks, from where, for which scopes, at which audience, and for whom', () => {
  const text = reads(document)
  for (const fact of [
    'Photo Printer asks for access',
    'printer.example.net',
    'read your photos photos:read',
    'https://photos.example.com',
    'signed in as Ada Lovelace',
  ]) {
    assert.ok(text.includes(fact), fact)
  }
  assert.equal(text.split('albums').length, 2) // a scope without words of its own is named once
})

test('AZ-20: refusing is as easy as allowing: two buttons of one form', () => {
  const buttons = tags(document, 'button').map((tag) => [attribute(tag, 'name'), attribute(tag, 'value'), attribute(tag, 'type')])
  assert.deepEqual(buttons, [
    ['answer', 'allow', 'submit'],
    ['answer', 'refuse', 'submit'],
  ])
})
