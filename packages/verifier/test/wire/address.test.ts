import assert from 'node:assert/strict'
import { BlockList, isIP } from 'node:net'
import { test } from 'node:test'
import { callerAddress, networkOf, plainAddress, readAddress, readNetwork, readProxies, type TrustedProxies } from '@curfew/verifier/wire'

test('an address has one spelling (RFC 5952), and what is none is none', () => {
  const spelled: [string, string][] = [
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ]
  for (const [given, plain] of spelled) assert.equal(plainAddress(given), plain, given)
  const none = ['', 'localhost', '1.2.3', '1.2.3.4.5', '01.2.3.4', '256.1.1.1', '1.2.3.4 ', '0x7f.0.0.1', '2130706433', ':', ':::', '1:2:3']
  for (const given of [
    ...none,
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8:9',
    'fe80::1%eth0',
    '12345::',
    '::1.2.3',
    '::g',
    '[::1]',
    'a'.repeat(99),
  ])
    assert.equal(plainAddress(given), undefined, given)
})

test('what Node takes for an address is one here, and no other', () => {
  let seed = 7
  const chance = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return (seed >> 8) % below
  }
  const parts = ['0', '1', 'ff', 'db8', '2001', '::', ':', ':', '.', '1.2.3.4', '255', '256', '12345', '01', '']
  let good = 0
  for (let index = 0; index < 30_000; index += 1) {
    const text = Array.from({ length: 1 + chance(9) }, () => parts[chance(parts.length)]).join(chance(3) === 0 ? ':' : '')
    assert.equal(readAddress(text) !== undefined, isIP(text) !== 0, text)
    if (isIP(text) !== 0) good += 1
  }
  assert.ok(good > 300, `${good}`)
})

test('question S2: the network of an address: /24 and /56, a whole address without a length', () => {
  assert.equal(networkOf('203.0.113.77', { v4: 24, v6: 56 }), '203.0.113.0/24')
  assert.equal(networkOf('2001:db8:aa:1234::77', { v4: 24, v6: 56 }), '2001:db8:aa:1200::/56')
  assert.equal(networkOf('2001:db8:aa:1234::77', { v4: 32, v6: 128 }), '2001:db8:aa:1234::77')
  assert.equal(networkOf('198.51.100.200', { v4: 27, v6: 64 }), '198.51.100.192/27')
  assert.equal(networkOf('unknown', { v4: 24, v6: 56 }), undefined)
})

test('networks are read strictly', () => {
  for (const text of ['10.0.0.0/8', '10.1.2.3', '::1', 'fd00::/8', '2001:db8::/32']) assert.ok(readNetwork(text), text)
  for (const text of ['10.0.0.1/8', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '/8', 'fd00::1/8', '::/129', '10.0.0.0/-1'])
    assert.equal(readNetwork(text), undefined, text)
  assert.deepEqual(readProxies(['0.0.0.0/0']), { problem: '"0.0.0.0/0" is everybody: name the proxies' })
  assert.match((readProxies(['proxy.example']) as { problem: string }).problem, /no address/)
})

const by = (header: 'x-forwarded-for' | 'forwarded', ...from: string[]) => readProxies({ from, header }) as TrustedProxies
const xff = by('x-forwarded-for', '127.0.0.1', '10.0.0.0/8', 'fd00::/8')
const from = (socket: string | undefined, chain: string | string[] | undefined, trusted = xff) =>
  callerAddress(socket, { [trusted.header]: chain }, trusted)

test('LG-6, MD-5: a header counts from a named proxy only, and no further left than the first address that is none', () => {
  assert.equal(from('198.51.100.9', '6.6.6.6'), '198.51.100.9', 'nobody in between: the header is the caller’s own')
  assert.equal(from('10.1.1.1', undefined), '10.1.1.1')
  assert.equal(from('10.1.1.1', '203.0.113.7'), '203.0.113.7')
  assert.equal(from('10.1.1.1', '6.6.6.6, 203.0.113.7, 10.2.2.2'), '203.0.113.7', 'what the caller wrote is left of it')
  assert.equal(from('::ffff:10.1.1.1', '203.0.113.7:4711'), '203.0.113.7')
  assert.equal(from('fd00::1', '6.6.6.6,2001:DB8::7'), '2001:db8::7')
  assert.equal(from('10.1.1.1', '10.3.3.3, 10.2.2.2'), '10.3.3.3', 'inside the own network all the way')
  assert.equal(from('10.1.1.1', ['6.6.6.6', '203.0.113.7']), '203.0.113.7', 'two lines are one list (RFC 9110 §5.3)')
  assert.equal(from('10.1.1.1', '6.6.6.6, unknown'), undefined, 'a proxy that cannot say is not passed over')
  assert.equal(from('10.1.1.1', '6.6.6.6, '), undefined)
  assert.equal(from(undefined, '203.0.113.7'), undefined)
  assert.equal(from('10.1.1.1', '203.0.113.7', by('x-forwarded-for')), '10.1.1.1', 'nobody is trusted')
})

test('LG-6: the other header is not looked at: a proxy that writes one passes the other on as it came', () => {
  const headers = { forwarded: 'for=6.6.6.6', 'x-forwarded-for': '203.0.113.7' }
  assert.equal(callerAddress('10.1.1.1', headers, xff), '203.0.113.7')
  assert.equal(callerAddress('10.1.1.1', { forwarded: 'for=6.6.6.6' }, xff), '10.1.1.1')
})

test('RFC 7239: Forwarded, with its quotes, ports and other parameters', () => {
  const trusted = by('forwarded', '10.0.0.0/8')
  assert.equal(from('10.1.1.1', 'for=6.6.6.6, for=203.0.113.7;proto=https;by=10.0.0.1', trusted), '203.0.113.7')
  assert.equal(from('10.1.1.1', 'proto=https;For="[2001:db8::7]:4711"', trusted), '2001:db8::7')
  assert.equal(from('10.1.1.1', 'for=203.0.113.7, for="10.2.2.2:80"', trusted), '203.0.113.7')
  assert.equal(from('10.1.1.1', 'for="x, for=6.6.6.6", for=203.0.113.7', trusted), '203.0.113.7')
  for (const hidden of ['for=unknown', 'for=_secret', 'proto=https', 'for="6.6.6.6, for=1.1.1.1"', '"'])
    assert.equal(from('10.1.1.1', `for=6.6.6.6, ${hidden}`, trusted), undefined, hidden)
})

test('LG-6: a quote that the caller left open in Forwarded takes in nothing that a proxy wrote, and nothing in quotes is a parameter', () => {
  const trusted = by('forwarded', '10.0.0.0/8')
  const written = [
    'for="[2001:db8::7]:4711"',
    'for="[2001:db8::7]";proto=https;by="10.0.0.1:80"',
    'host="a;for=6.6.6.6";for="[2001:db8::7]"',
  ]
  const openings = [
    'for=6.6.6.6;x="',
    'for="6.6.6.6',
    '"',
    'for="',
    'for=6.6.6.6;x="\\',
    'for=6.6.6.6;x="a",for="',
    'for=6.6.6.6,',
    '\\',
    ',,,"',
  ]
  for (const hop of written)
    for (const opening of openings) assert.equal(from('10.1.1.1', `${opening}, ${hop}`, trusted), '2001:db8::7', `${opening} | ${hop}`)
  // Behind a proxy of ours a caller's mess is nobody, and costs little.
  const began = performance.now()
  assert.equal(from('10.1.1.1', `${'",'.repeat(8000)}for=10.2.2.2`, trusted), undefined)
  assert.ok(performance.now() - began < 1000)
})

test('membership is that of node:net', () => {
  const list = new BlockList()
  list.addSubnet('172.16.0.0', 12, 'ipv4')
  const trusted = by('x-forwarded-for', '127.0.0.1', '172.16.0.0/12')
  for (let index = 0; index < 256; index += 1) {
    const address = `172.${index}.${255 - index}.1`
    assert.equal(from('127.0.0.1', `6.6.6.6, ${address}`, trusted) === '6.6.6.6', list.check(address, 'ipv4'), address)
  }
})
