import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCommon } from '../../src/domain/common-password.ts'

const common = (password: string, ...context: readonly string[]) => assert.equal(isCommon(password, context), true, password)
const own = (password: string, ...context: readonly string[]) => assert.equal(isCommon(password, context), false, password)

test('LG-4: one or two common words, however often, are nobody’s own; three are', () => {
  common('football')
  common('Football-FOOTBALL football')
  common('football wizard football')
  own('football wizard butterfly')
  own('kohlrabi')
})

test('LG-4: two letters and eight digits beside them are not enough; one more of either is', () => {
  common('xq football')
  own('xqw football')
  common('football 83926174')
  own('football 839261745')
  own('ж中ю football')
})

test('LG-4: signs for letters hide no word', () => {
  for (const one of ['welc0me', 'w1zard', 'w3lcome', 'w4rrior', 'ma5ter', 'bu7terfly', 'w@rrior', 'ma$ter', 'w!zard']) common(one)
  own('w#lcome')
  common('football 2024 football', '2024')
})

test('LG-4: one form for what looks alike: full width, capitals, also in the words of the site', () => {
  common('ＦＯＯＴＢＡＬＬ')
  common('tramlines', 'ＴＲＡＭLine')
})

test('LG-4: the longer word is taken first, so that none hides in another', () => {
  common('testing testing')
  common('adamantine adamantine', 'ada', 'adamantine')
  common('iloveyou, wizard')
  own('tefootballst') // what is left on both sides of a word makes no other one
})

test('LG-4: names of the account and the site count from three letters on', () => {
  common('gro', 'gro')
  own('gro')
  own('gr-gr-w', 'gr', '')
  common('kohlrabi kohlrabi 1', 'xyz', 'kohlrabi')
  own('kohlrabi turnip parsley', 'kohlrabi', 'turnip', 'parsley')
})

test('LG-4: a unit of up to eight characters over and over, whole or broken off, is one', () => {
  for (const one of ['gkwqgkwq', 'gkwqgkwqg', 'gxkwqvzmgxkwqvzm', 'gxkwqvzmgxkwqvzmgxkwq', 'gggggggg']) common(one)
  for (const one of ['gkwq', 'gkwqgkw', 'gkwqgkwz', 'gxkwqvzmbgxkwqvzmb']) own(one)
})

test('LG-4: what runs along a row of keys or the alphabet, either way, also past its end, counts for nothing', () => {
  for (const run of [
    ...[
      '1234567890',
      '567890123456',
      'qwertyuiop',
      'asdfghjkl',
      'poiuytrewq',
      'zxcvbnmzx',
      'qwertzuiop',
      'yxcvbnm',
      'azertyuiop',
      'qsdfghjklm',
    ],
    ...[
      'wxcvbnwx',
      'rstuvw',
      'wvutsr',
      'yzabc',
      '4rfv5tgb6yhn',
      'ol0p1qaz',
      '5t6z7u8i9o0p1q',
      '5t6y7u8i9o',
      'sxedcrfv',
      'xxxx',
      '0000000000',
    ],
  ]) {
    common(`football ${run}`)
    common(run)
  }
  common('football jkl x')
  common('football poiuy x')
  common('x football jkl')
  own('football jk x')
  own('football x jk')
  own('football jl x')
  common('football xxx y')
  own('football xx y')
})
