import type { Verifier } from '@curfew/verifier'
import { type Cost, interleave } from '../interleave.ts'
import { ratioRow, row } from '../spread.ts'
import type { Plan, Row, Topic } from '../topic.ts'
import { bareSignature, curfew, curfewAwaited, fast, freshHeader, jose } from './contenders.ts'
import { type Material, makeMaterial } from './material.ts'

const floor = 'node:crypto, signature alone, DER'
const ours = 'curfew verifySync'
const byToken = 'fast-jwt, cache, key: the token'
const uncached = 'fast-jwt, no cache'
const byHash = 'fast-jwt, cache, its default key'

/** `npm run bench -- verify`: one access token at a service, ES256. */
export const verify: Topic = {
  title: 'Checking one ES256 access token, header string fresh each time; µs of CPU',
  async measure(plan) {
    return [...(await hot(plan)), ...(await cold(plan))]
  },
}

/** 1,000 tokens in rotation, each seen before. Ours has a ledger with endings in it, and a lease; the peers check no revocation. */
async function hot(plan: Plan): Promise<Row[]> {
  plan.say('verify, hot')
  const material = makeMaterial(1000)
  const verifier = await ready(material)
  const cost = await interleave(
    [
      curfew(ours, verifier, material, 1000),
      curfewAwaited('curfew verify, awaited', verifier, material, 1000),
      fast(byToken, material, 1000, { cache: 10_000, key: 'token' }),
      fast(byHash, material, 1000, { cache: 10_000 }),
      jose('jose', material, 20),
      bareSignature(floor, material, 20),
      freshHeader('the fresh header string alone', material, 1000),
    ],
    pace(plan),
  )
  await refusesWhatEnded(verifier, material)
  await verifier.close()
  return rows('verify, hot', cost, [
    [ours, byToken],
    [byHash, ours],
    ['jose', ours],
    [floor, ours],
  ])
}

/** More tokens than any cache here holds, so each is checked in full, and then pushes another out. */
async function cold(plan: Plan): Promise<Row[]> {
  plan.say('verify, cold')
  const cache = 1000
  const material = makeMaterial(cache * 3)
  const verifier = await ready(material, cache)
  const cost = await interleave(
    [
      curfew(ours, verifier, material, 20),
      fast(byToken, material, 20, { cache, key: 'token' }),
      fast(uncached, material, 20, { cache: 0 }),
      jose('jose', material, 20),
      bareSignature(floor, material, 20),
    ],
    pace(plan),
  )
  await verifier.close()
  return rows('verify, cold', cost, [
    [ours, floor],
    [ours, uncached],
    [ours, byToken],
    ['jose', ours],
  ])
}

const pace = ({ short, rounds }: Plan): { rounds: number; turn: number } => ({ rounds: rounds ?? (short ? 3 : 15), turn: short ? 20 : 150 })

async function ready({ issuer }: Material, maxTokens?: number): Promise<Verifier> {
  const verifier = issuer.verifier({ maxTokens })
  await verifier.ready()
  for (let count = 0; count < 100; count++) await issuer.end({ sid: `ended-${String(count).padStart(16, '0')}` })
  return verifier
}

/** What was measured was the check that counts: one session more ends, and its token is refused. */
async function refusesWhatEnded(verifier: Verifier, { issuer, tokens: [token = ''] }: Material): Promise<void> {
  const before = verifier.verifySync({ token })
  if (before?.outcome !== 'accepted') throw new Error('The first token is not accepted any more.')
  await issuer.end({ sid: (before.claims as { sid: string }).sid })
  if (verifier.verifySync({ authorization: `Bearer ${token}` })?.outcome !== 'refused')
    throw new Error('A token of an ended session is accepted.')
}

function rows(topic: string, cost: Cost, ratios: readonly (readonly [one: string, other: string])[]): Row[] {
  return [
    ...[...cost].map(([name, values]) => row(topic, name, 'µs', values)),
    ...ratios.map(([one, other]) => ratioRow(topic, cost, one, other)),
  ]
}
