import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AccountView, accountView } from '../../src/pages/views/account-view.ts'
import { placeWords } from '../../src/pages/views/place-words.ts'
import { agoWords, dayWords } from '../../src/pages/views/words.ts'
import { at, frame, reads, tags } from './samples.ts'

const hour = 3_600_000
const laptop = {
  id: 'a',
  name: 'Firefox on Linux',
  current: true,
  place: 'near 203.0.113.0',
  since: at - 5 * hour,
  lastUsed: at,
  knownTo: 60_000,
}
const phone = { id: 'b', name: 'Chrome on Android', since: at - 900 * hour, lastUsed: at - 2 * hour, knownTo: hour }
const view: AccountView = {
  ...{
    ...frame,
    action: '/account/sign-out',
    withdrawAction: '/account/withdraw',
    again: '/account',
    csrf: 'c',
    signOutHref: '/end-session',
    passwordHref: '/account/password',
    now: at,
  },
  ...{ user: { name: 'Ada' }, devices: [laptop, phone], apps: [], allowed: [] },
}
const said = (more: Partial<AccountView>): string => reads(accountView({ ...view, ...more }))

test('SS-3: each device says which one it is, roughly where, since when, and when it was last used', () => {
  const text = said({})
  assert.match(text, /Firefox on Linux This device Active now, near 203\.0\.113\.0 Signed in 5 hours ago/)
  assert.match(text, /Chrome on Android Active 2 hours ago Signed in on 18 October Sign out Chrome on Android/)
  // Uses closer together than a hundredth of the idle time are not written down: no more is claimed than is known.
  assert.match(said({ devices: [laptop, { ...phone, knownTo: 3 * hour }] }), /Chrome on Android Active in the last 3 hours/)
})

test('SS-3: a device that was signed out stays as a dark window with its receipt, and has no button any more', () => {
  const done = {
    heading: 'Chrome on Android is signed out.',
    outcome: 'confirmed',
    whom: 'it',
    tookMs: 4.1,
    uncovered: [],
    kept: [],
  } as const
  const services = [{ name: 'orders', state: 'acknowledged', ms: 2.6 }] as const
  const gone = [laptop, { ...phone, gone: { everywhere: true } }]
  const document = accountView({ ...view, devices: gone, done: { ...done, services, receipt: { seq: 1042, at } } })
  assert.match(
    reads(document),
    /Chrome on Android is signed out\. No service accepts it any more\. Orders confirmed it in 4\.1 ms\. The receipt Number 1042/,
  )
  assert.match(reads(document), /Chrome on Android Signed out just now, refused everywhere/)
  assert.match(document, /class="sash dark"/)
  assert.equal(tags(document, 'button').length, 1, 'only this device is left to sign out')
  assert.match(reads(document), /You are signed in nowhere else\./)
})

test('S4: with an audience that nobody can hold to it, or pending, nowhere does it say "refused everywhere"', () => {
  const gone = [laptop, { ...phone, gone: { everywhere: false } }]
  const done = { heading: 'Signed out.', outcome: 'pending', whom: 'it', latestInMs: 3200, services: [], uncovered: [], kept: [] } as const
  const text = said({ devices: gone, done })
  assert.match(text, /stops accepting in 3\.2 s at the latest/)
  assert.doesNotMatch(text, /refused everywhere|No service accepts/)
})

test('a sign-in elsewhere within the hour is news; one that is older is not', () => {
  assert.match(said({ devices: [laptop, { ...phone, since: at - 5 * 60_000 }] }), /A new device signed in 5 minutes ago: Chrome on Android/)
  assert.doesNotMatch(said({}), /A new device/)
})

test('apps that stay signed in have a heading of their own, what they may do, and when they end by themselves', () => {
  const app = { ...phone, id: 'g', name: 'Photo Printer', may: 'see your name', endsAt: at + 24 * hour }
  const text = said({ apps: [app] })
  assert.match(
    text,
    /Apps that stay signed in Photo Printer Active 2 hours ago May see your name Signed in on 18 October , ends on 25 November if it is not used/,
  )
  assert.match(text, /Sign out all other devices and apps/)
})

test('RF-5: apps with access say where they are, what they may do and since when; taken back, there is no button any more', () => {
  const app = { id: 'p', name: 'Photo Printer', hosts: 'printer.test', may: 'see your name', since: at - 900 * hour, gone: false }
  const document = accountView({ ...view, allowed: [app] })
  assert.match(
    reads(document),
    /Apps with access to your account Photo Printer printer\.test, may see your name, allowed on 18 October Withdraw what Photo Printer may do/,
  )
  const gone = accountView({ ...view, allowed: [{ ...app, gone: true }] })
  assert.match(reads(gone), /Photo Printer Withdrawn just now/)
  assert.doesNotMatch(gone, /name="client"/)
})

test('an address is told roughly: the network, never the machine', () => {
  assert.equal(placeWords('203.0.113.77'), 'near 203.0.113.0')
  assert.equal(placeWords('::ffff:203.0.113.77'), 'near 203.0.113.0')
  assert.equal(placeWords('2001:db8:1:2:3:4:5:6'), 'near 2001:db8:1::')
  assert.equal(placeWords('2001:db8::6'), 'near 2001:db8::')
  assert.equal(placeWords('fe80::1%eth0'), 'near fe80::')
  assert.equal(placeWords('127.0.0.1'), 'on the machine of this server')
  assert.equal(placeWords('::1'), 'on the machine of this server')
  assert.equal(placeWords('unix'), undefined)
})

test('times are words', () => {
  assert.equal(agoWords(at - 59_000, at), 'just now')
  assert.equal(agoWords(at - 60_000, at), '1 minute ago')
  assert.equal(agoWords(at - 47 * hour, at), '47 hours ago')
  assert.equal(agoWords(at - 144 * hour, at), '6 days ago')
  assert.equal(dayWords(at - 8760 * hour, at), 'on 24 November 2025')
})
