import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OAuthError } from '../../src/errors.ts'
import { requireOwnPage } from '../../src/http/csrf.ts'

const own = { origin: 'https://example.com', origins: ['https://app.example.com'] }

/** Header, Sec-Fetch-Site, Origin → is it let through? */
const table: [string | undefined, string | undefined, string | undefined, boolean][] = [
  ['1', 'same-origin', 'https://example.com', true],
  ['1', 'same-origin', undefined, true],
  ['1', 'same-site', 'https://app.example.com', true],
  ['1', undefined, 'https://example.com', true],
  ['1', undefined, 'https://app.example.com', true],
  // BF-5: same site is not same origin.
  ['1', 'same-site', 'https://evil.example.com', false],
  ['1', 'same-site', 'https://example.com', false],
  ['1', 'same-site', undefined, false],
  ['1', 'cross-site', 'https://evil.test', false],
  ['1', 'cross-site', 'https://app.example.com', false],
  ['1', 'none', undefined, false],
  ['1', 'Same-Origin', 'https://example.com', false],
  // Where Fetch-Metadata is absent, the origin to the letter.
  ['1', undefined, undefined, false],
  ['1', undefined, 'null', false],
  ['1', undefined, 'https://example.com.evil.test', false],
  ['1', undefined, 'https://example.com:444', false],
  ['1', undefined, 'http://example.com', false],
  ['1', undefined, 'https://EXAMPLE.com', false],
  // What a form of another page can send has no header of ours.
  [undefined, 'same-origin', 'https://example.com', false],
  ['true', 'same-origin', 'https://example.com', false],
  ['', 'same-origin', 'https://example.com', false],
]

for (const [header, site, origin, isLetThrough] of table) {
  test(`BF-4, BF-5: Curfew-Request ${header}, Sec-Fetch-Site ${site}, Origin ${origin}: ${isLetThrough ? 'let through' : 'refused'}`, () => {
    const check = () => requireOwnPage({ headers: { 'curfew-request': header, 'sec-fetch-site': site, origin } }, own)
    if (isLetThrough) check()
    else assert.throws(check, (error) => error instanceof OAuthError && error.code === 'csrf' && (error.description ?? '').length > 0)
  })
}

test('BF-4: a page at another address than the configured one is told both; what is no origin is not repeated', () => {
  const said = (origin: string, site?: string): string => {
    try {
      requireOwnPage({ headers: { 'curfew-request': '1', 'sec-fetch-site': site, origin } }, { ...own, origin: 'http://localhost:3000' })
    } catch (error) {
      return (error as OAuthError).description ?? ''
    }
    return ''
  }
  for (const site of [undefined, 'same-site'])
    assert.match(
      said('http://localhost:4518', site),
      /\. This page is at http:\/\/localhost:4518, and the issuer is set to http:\/\/localhost:3000\.$/,
    )
  for (const origin of ['null', 'http://a/"<b>', 'x y', `http://${'a'.repeat(300)}`]) assert.doesNotMatch(said(origin), /This page/)
})
