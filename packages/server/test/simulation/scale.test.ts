import assert from 'node:assert/strict'
import { test } from 'node:test'
import { figures } from '../../prove/percentiles.ts'
import { playScale, type Scale } from '../../simulation/scale.ts'
import { measured } from '../../simulation/scale-costs.ts'

const usual: Scale = {
  ...{
    nodes: 3,
    verifiers: 300,
    rate: 5,
    signOuts: 20,
    oneWay: 0.25,
    loss: 0,
    rtoMin: 200,
    lease: 5000,
    spares: 0,
    postgresCores: 4,
    seed: 1,
  },
}
const play = (change: Partial<Scale>) => {
  const outcome = playScale({ ...usual, ...change }, measured)
  assert.equal(outcome.unconfirmed, 0)
  return { ...outcome, ...figures(outcome.times) }
}

test('scale: the same seed gives the same times, another seed others', () => {
  const lossy = { loss: 0.01 }
  assert.deepEqual(play(lossy).times, play(lossy).times)
  assert.notDeepEqual(play({ ...lossy, seed: 2 }).times, play(lossy).times)
})

test('scale: confirmation grows no faster than the verifiers of a node', () => {
  const few = play({ verifiers: 300 }).p50
  const many = play({ verifiers: 3000 }).p50
  assert.ok(many > few && many < few * 10, `${few} ms with 300, ${many} ms with 3,000`)
  assert.ok(play({ verifiers: 3000, nodes: 30 }).p50 < many) // by less than ten times: one node still counts all rows for the receipt
})

test('scale: no confirmation is faster than the way there and back, and each verifier is waited for', () => {
  assert.ok(Math.min(...play({ oneWay: 40 }).times) > 80)
  // One of 600 messages is nearly always lost, and comes a time-out late.
  assert.ok(play({ loss: 0.01 }).p50 > 200)
  assert.ok(play({ loss: 0.01, rtoMin: 20 }).p50 < 150)
})

test('scale: with spares a lost message costs what it takes to look, not a time-out (F8); without loss they change next to nothing', () => {
  const lossy = play({ loss: 0.01, spares: 2, signOuts: 40 })
  assert.ok(lossy.p50 < 100 && lossy.p99 < 150, `${lossy.p50} and ${lossy.p99} ms`)
  const [without, with2] = [play({}).p50, play({ spares: 2 }).p50]
  assert.ok(with2 < without * 1.1, `${without} and ${with2} ms`)
})

test('scale: what does not keep up says so', () => {
  const outcome = playScale({ ...usual, verifiers: 2000, rate: 50, signOuts: 20, machineCores: 1 }, { ...measured, beatRow: 50_000 })
  assert.ok(outcome.unconfirmed > 0)
})
