import assert from 'node:assert/strict'
import { test } from 'node:test'
import { html, page, trusted } from '../../src/http/html.ts'
import { everyView, reads, tags } from './samples.ts'

const payloads = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' autofocus onfocus='alert(1)",
  '" onmouseover="alert(1)',
  '</title><script>alert(1)</script>',
  '</style><script>alert(1)</script>',
  '<!--<script>',
  ']]><svg onload=alert(1)>',
  'javascript:alert(1)',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '\u202e<b>rtl</b>\u0000',
  '{{constructor.constructor("alert(1)")()}}',
]

// The tags of each page when nothing hostile is in it: a payload must not add one.
const plain = Object.fromEntries(
  Object.entries(everyView('plain')).map(([name, document]) => [name, tags(document, '[a-z][a-z0-9]*').length]),
)

for (const payload of payloads) {
  test(`AZ-23: ${JSON.stringify(payload)} stays text in every page`, () => {
    for (const [name, document] of Object.entries(everyView(payload))) {
      assert.equal(tags(document, '[a-z][a-z0-9]*').length, plain[name], `${name}: the payload made or ate a tag`)
      assert.ok(reads(document).includes(payload.replace(/\s+/g, ' ')), `${name}: the text is not there as it was given`)
      for (const tag of tags(document, '[a-z][a-z0-9]*'))
        assert.doesNotMatch(tag.replace(/"[^"]*"/g, '""'), /\son[a-z]+=/i, `${name}: an event handler in ${tag}`)
    }
  })
}

test('AZ-23: values are escaped, markup is not escaped twice, nothing is left of false and undefined', () => {
  assert.equal(
    String(html`<p title="${'"&<>\''}">${'<b>'}${html`<i>${'&'}</i>`}${false}${undefined}${null}${[1, 'a&']}</p>`),
    '<p title="&quot;&amp;&lt;&gt;&#39;">&lt;b&gt;<i>&amp;</i>1a&amp;</p>',
  )
})

test('a promise in a template is a mistake of ours, and said so', () => {
  assert.throws(() => html`${Promise.resolve('late') as unknown as string}`, /is a promise/)
})

test('a style sheet or script that would end its own element is refused', () => {
  const document = { title: 't', nonce: 'n', styles: '', body: html`` }
  assert.throws(() => page({ ...document, styles: 'a { } </STYLE >' }), /<\/style/)
  assert.throws(() => page({ ...document, script: '"</script>"' }), /<\/script/)
  assert.equal(typeof page({ ...document, styles: 'a > b { }', script: 'a && b', body: trusted('<br>') }), 'string')
})
