import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maybeEverybody, networkIn, readProxies, regionIn, type TrustedProxies } from '../../src/domain/caller.ts'

const proxied = (...from: readonly string[]): TrustedProxies => {
  const read = readProxies(from)
  return 'problem' in read ? assert.fail(read.problem) : read
}

test('LG-2: a network is what one household has, a region what one provider hands to one customer', () => {
  assert.equal(networkIn('203.0.113.7'), '203.0.113.7')
  assert.equal(networkIn('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64')
  assert.equal(regionIn('203.0.113.7'), '203.0.113.0/24')
  assert.equal(regionIn('2001:db8:1:2:3:4:5:6'), '2001:db8:1::/48')
  for (const nowhere of [undefined, '', 'somewhere']) assert.deepEqual([networkIn(nowhere), regionIn(nowhere)], ['unknown', 'unknown'])
})

test('LG-2: nothing is counted by an address that may be everybody’s', () => {
  const [alone, behind] = [proxied(), proxied('10.0.0.1')]
  for (const nowhere of [undefined, '', 'somewhere', '127.0.0.1', '127.255.255.255', '::1', '::ffff:127.0.0.1'])
    for (const proxies of [alone, behind]) assert.equal(maybeEverybody(nowhere, proxies), true, nowhere)
  for (const proxies of [alone, behind]) assert.equal(maybeEverybody('10.0.0.1', proxies), true, 'a proxy that says nobody else’s')
  for (const within of [
    ...['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255', '100.64.0.0', '100.127.255.255'],
    ...['169.254.0.0', '169.254.255.255', 'fc00::', 'fdff::1', 'fe80::', 'febf::1'],
  ]) {
    assert.equal(maybeEverybody(within, alone), true, `${within}: where proxies are`)
    assert.equal(maybeEverybody(within, behind), false, `${within}: what a named proxy says`)
  }
  for (const one of [
    ...[
      '126.255.255.255',
      '128.0.0.0',
      '::2',
      '9.255.255.255',
      '11.0.0.0',
      '172.15.255.255',
      '172.32.0.0',
      '192.167.255.255',
      '192.169.0.0',
    ],
    ...['100.63.255.255', '100.128.0.0', '169.253.255.255', '169.255.0.0', 'fbff::1', 'fe00::1', 'fe7f::1', 'fec0::1', '203.0.113.7'],
  ])
    for (const proxies of [alone, behind]) assert.equal(maybeEverybody(one, proxies), false, one)
})
