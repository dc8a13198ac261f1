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
  for (const one of ['welc0me', 'ch1cken', 'w3lcome', 'w4rrior', 'ma5ter', 'bu7terfly', 'w@rrior', 'ma$ter', 'ch!cken']) common(one)
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

const rows = [
  ...['1234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm', 'qwertzuiop', 'yxcvbnm', 'azertyuiop', 'qsdfghjklm', 'wxcvbn'],
  ...['abcdefghijklmnopqrstuvwxyz', '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p', '1q2w3e4r5t6z7u8i9o0p', '1q2w3e4r5t6y7u8i9o0p', 'sxe dcr fvt'],
]

test('LG-4: what runs along a row of keys or the alphabet, either way, also past its end, counts for nothing', () => {
  for (const row of rows) for (const run of [row, [...row].reverse().join('')]) common(`football ${run} ${run} ${run}`)
  for (const run of ['567890123456', 'zxcvbnmzx', 'yzabc', 'wvutsr', '4rfv5tgb6yhn', 'ol0p1qaz', 'sxedcrfv', 'xxxx', '0000000000']) {
    common(`football ${run}`)
    common(run)
  }
  for (const begun of ['abcd', 'qwertyu', 'zxcvbnm', 'asdfg']) common(`football wizard ${begun} ${begun}! ${begun}?`)
  common('football jkl x')
  common('football jkl xq')
  common('football poiuy x')
  common('x football jkl')
  own('football jk x')
  own('football x jk')
  own('football jl x')
  common('football xxx yq')
  own('football xx y')
})
