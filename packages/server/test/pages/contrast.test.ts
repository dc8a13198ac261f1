import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, card, parts, tokens } from '../../src/pages/views/styles.ts'

function block(selector: string): Record<string, string> {
  const at = tokens.indexOf(`${selector} {`)
  assert.ok(at >= 0, selector)
  const body = tokens.slice(at + selector.length + 2, tokens.indexOf('}', at))
  return Object.fromEntries([...body.matchAll(/--([a-z0-9-]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value]))
}

const light = block(':root')
const themes = {
  light,
  dark: { ...light, ...block('@media (prefers-color-scheme: dark) {\n:root') },
}

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((from) => Number.parseInt(hex.slice(from, from + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (high + 0.05) / (low + 0.05)
}

const text = [
  'ink paper, ink card, ink well, ink-soft paper, ink-soft card, ink-soft well, link paper, link card, link well, link brick-wash, link moss-wash',
  'amber-text paper, amber-text card, amber-text well, on-amber amber, on-amber amber-hover, brick-text paper, brick-text card, brick-text brick-wash',
  'ink brick-wash, on-brick brick, moss-text paper, moss-text card, moss-text moss-wash, ink moss-wash, on-action action, on-action action-hover',
  'on-sign sign, on-sign-soft sign, on-dark dark, on-dark dark-high, on-slip slip, on-slip-soft slip, ink sky-top, ink sky-mid, ink-soft sky-mid',
  'ink sky-low, ink-soft sky-top, ink-soft far, ink house-1, ink house-2, ink house-3',
]
const shapes = [
  'edge paper, edge well, edge card, amber-edge paper, amber-edge card, focus paper, focus card, lit-shape lit, lit dark, sash card, moss card, brick card',
]

for (const [theme, colours] of Object.entries(themes)) {
  for (const [need, lists] of [
    [4.5, text],
    [3, shapes],
  ] as const) {
    test(`WCAG 2.2 1.4.3, 1.4.11: ${theme}, every pair that is used reaches ${need}`, () => {
      const pairs = lists.flatMap((list) => list.split(', ').map((pair) => pair.split(' ')))
      for (const [one = '', other = ''] of pairs) {
        const ratio = contrast(colours[one] ?? '', colours[other] ?? '')
        assert.ok(ratio >= need, `${one} on ${other}: ${ratio.toFixed(2)}`) // a name that is gone gives NaN, and fails
      }
    })
  }
}

test('the contrast of black and white is 21, of a colour with itself 1', () => {
  assert.equal(contrast('#000000', '#ffffff'), 21)
  assert.equal(contrast('#565b6e', '#565b6e'), 1)
})

test('no colour is written anywhere but in tokens.css, and every property that is used is there', () => {
  for (const sheet of [parts, card, account]) {
    assert.doesNotMatch(sheet, /#[0-9a-f]{3,8}\b|rgb\(/i)
    for (const [, name = ''] of sheet.matchAll(/var\(--([a-z0-9-]+)\)/g)) assert.ok(name in light, `--${name}`)
  }
})

test('nothing moves longer than 320 ms, and nothing at all for who wants it still', () => {
  for (const value of [light.quick, light.fade]) assert.ok(Number.parseInt(value ?? '', 10) <= 320)
  assert.match(tokens, /prefers-reduced-motion: reduce\) \{\s*:root \{\s*--quick: 0ms;\s*--fade: 0ms;/)
})
