import assert from 'node:assert/strict'
import { sign } from 'node:crypto'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { derToP1363 } from '@curfew/verifier/wire'
import { b64, clock, forge, goodHeader, goodPayload, issuer, quiet, refused, refusedBy, withHeader } from './forge.ts'

// The attack corpus of docs/requirements.md §2.12: every vector is refused, with a named reason, in bounded time.

test('JV-6: crit in every form, and b64 with and without it', () => {
  for (const crit of [['exp'], ['b64'], [], 'exp', null, {}, ['alg'], ['x-unknown'], [7], 0])
    refused(withHeader({ crit, b64: false }), 'crit_refused')
  for (const b64 of [false, true, 'false', null]) refused(withHeader({ b64 }), 'b64_refused')
})

test('JV-7: members that occur twice, in header and payload, plain and escaped', () => {
  const header = JSON.stringify(goodHeader)
  const payload = JSON.stringify(goodPayload)
  const twice = (text: string, member: string) => `${text.slice(0, -1)},${member}}`
  for (const member of ['"alg":"none"', '"\\u0061lg":"none"', '"kid":"x"', '"typ":"at+jwt"']) {
    refused(forge(twice(header, member)), 'header_duplicate_member', member)
    refused(forge(`{${member},${header.slice(1)}`), 'header_duplicate_member', member)
  }
  for (const member of [
    '"exp":9999999999',
    '"\\u0065xp":9999999999',
    '"sub":"admin"',
    '"x":{"a":1,"a":2}',
    '"__proto__":1,"__proto__":2',
  ]) {
    refused(forge(goodHeader, twice(payload, member)), 'payload_duplicate_member', member)
  }
})

test('JV-10: anything but strict base64url', () => {
  const token = forge(goodHeader)
  const [header, payload, signature] = token.split('.') as [string, string, string]
  const inside = (part: string, text: string) => `${part.slice(0, 8)}${text}${part.slice(8)}`
  for (const text of ['=', '==', '+', '/', ' ', '\n', '\r\n', '\t', '\0', '%2D', 'А', 'ａ', '\u00a0', '*']) {
    for (const each of [
      `${inside(header, text)}.${payload}.${signature}`,
      `${header}.${inside(payload, text)}.${signature}`,
      `${header}.${payload}.${inside(signature, text)}`,
    ]) {
      refused(each, 'not_base64url', JSON.stringify(text))
    }
    for (const each of [`${token}${text}`, `${text}${token}`]) refused(each, ['not_base64url'], JSON.stringify(text))
  }
  // 64 bytes leave four bits over; a decoder that is lenient takes sixteen spellings of one signature.
  const last = signature.at(-1)!
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  for (let bits = 1; bits < 16; bits++) refused(`${token.slice(0, -1)}${alphabet[alphabet.indexOf(last) + bits]}`, 'not_base64url')
})

test('JV-11: too few parts, too many, empty ones, a JWE, JSON serialisation', () => {
  const token = forge(goodHeader)
  const [header, payload, signature] = token.split('.') as [string, string, string]
  for (const each of [
    header,
    `${header}.${payload}`,
    `${token}.`,
    `.${token}`,
    `${token}.AA`,
    `${header}.AA.AA.AA.AA`,
    `${header}..${signature}`,
    `.${payload}.${signature}`,
    `${header}.${payload}.`,
    '..',
    '.',
    'x',
    `${header}.${payload}..${signature}`,
    JSON.stringify({ protected: header, payload, signature }),
    JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
  ]) {
    refused(each, 'not_three_parts')
  }
  refused(forge(goodHeader, ''), 'not_three_parts')
  for (const payload of ['x', '7', '[]', 'null', '"x"', 'true', '{', '{}x']) {
    refused(forge(goodHeader, payload), ['payload_not_object', 'payload_not_json'])
    refused(forge(payload), ['header_not_object', 'header_not_json'])
  }
})

test('JV-12: size, depth, members, numbers: refused before much is done', () => {
  const token = forge(goodHeader)
  refused(`${token}${'A'.repeat(16_384)}`, 'too_large')
  refused('A'.repeat(10_000_000), 'too_large')
  refused('.'.repeat(10_000_000), 'too_large')
  refused(forge(goodHeader, { ...goodPayload, x: 'x'.repeat(10_000_000) }), 'too_large')
  refused(forge(`${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`), 'header_too_deep')
  refused(forge(goodHeader, `{"a":${'['.repeat(1000)}${']'.repeat(1000)}}`), 'payload_too_deep')
  refused(forge(goodHeader, `{${Array.from({ length: 1100 }, (_, at) => `"${at}":0`)}}`), 'payload_too_many_members')
  refused(forge(goodHeader, `{"x":[${'0,'.repeat(2000)}0]}`), 'payload_too_many_members')
  refused(forge(goodHeader, JSON.stringify(goodPayload).replace(/"exp":\d+/, `"exp":${'9'.repeat(5000)}`)), 'payload_number_out_of_range')
})

test('JV-13: encrypted or compressed tokens are not opened', () => {
  const bomb = gzipSync(Buffer.alloc(1_000_000)).toString('base64url')
  refused(`${b64({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' })}..AA.${bomb}.AA`, 'not_three_parts')
  refused(`${b64({ alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', p2c: 2 ** 31 })}.AA.AA.AA.AA`, 'not_three_parts')
  refused(withHeader({ alg: 'PBES2-HS256+A128KW', p2c: 2 ** 31 }), 'alg_unknown')
  refused(forge({ ...goodHeader, zip: 'DEF' }, gzipSync(JSON.stringify(goodPayload)).toString('latin1')), [
    'payload_not_json',
    'payload_not_utf8',
  ])
})

test('JV-14: bytes that are not UTF-8 or hide something; names are compared by code points, nothing is normalised', async () => {
  const raw = (payload: Buffer) => {
    const signed = `${b64(goodHeader)}.${payload.toString('base64url')}`
    return `${signed}.${Buffer.from(derToP1363(sign('sha256', Buffer.from(signed), issuer.privateKey), 32)!).toString('base64url')}`
  }
  const text = JSON.stringify(goodPayload)
  const splice = (bytes: number[]) => Buffer.concat([Buffer.from(`${text.slice(0, -1)},"x":"`), Buffer.from(bytes), Buffer.from('"}')])
  for (const bytes of [[0xff], [0xc0, 0xaf], [0xe0, 0x80, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0x80], [0xe2, 0x82]]) {
    refused(raw(splice(bytes)), 'payload_not_utf8')
  }
  refused(raw(Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), Buffer.from(text)])), 'payload_not_json')
  refused(raw(Buffer.from(text, 'utf16le')), 'payload_not_json')
  refused(raw(Buffer.from(`${text.slice(0, -1)},"x":"\\ud800"}`)), 'payload_lone_surrogate')
  const composed = 'https://caf\u00e9.example'
  const judge = issuer.verifier({ audience: composed, logger: quiet })
  await clock.advance(0)
  assert.equal(judge.verifySync({ authorization: issuer.bearer({ aud: composed }) })?.outcome, 'accepted')
  refusedBy(judge, issuer.token({ aud: composed.normalize('NFD') }), 'aud_wrong')
})
