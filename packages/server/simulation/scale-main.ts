import { figures } from '../prove/percentiles.ts'
import { playScale, type Scale, type ScaleOutcome } from './scale.ts'
import { measured } from './scale-costs.ts'

type Case = Partial<Scale> & Pick<Scale, 'nodes' | 'verifiers' | 'rate'>

/** One machine as the bench has it, then machines of their own. */
const onOneMachine: readonly Case[] = [100, 1000, 5000].flatMap((verifiers) =>
  [1, 10, 100].map((rate) => ({ nodes: 3, verifiers, rate, machineCores: 2, oneWay: 0.05 })),
)
const onTheirOwn: readonly Case[] = [
  ...[12, 1000].map((verifiers) => ({ nodes: 3, verifiers, rate: 10 })),
  ...[1000, 10_000].flatMap((verifiers) => [1, 10, 100, 1000].map((rate) => ({ nodes: 10, verifiers, rate }))),
  ...[1, 10, 100].map((rate) => ({ nodes: 100, verifiers: 100_000, rate })),
]
const overLoss: readonly Case[] = [12, 1000, 10_000].flatMap((verifiers) =>
  [
    { loss: 0.01, rtoMin: 200, spares: 0 },
    { loss: 0.01, rtoMin: 200, spares: 1 },
    { loss: 0.01, rtoMin: 200 },
    { loss: 0.001, rtoMin: 200 },
    { loss: 0.01, rtoMin: 20 },
  ].map((what) => ({ nodes: 10, verifiers, rate: 2, oneWay: 1, ...what })),
)

/** What is not said of a case: machines in one data centre, PostgreSQL on sixteen cores, the default lease and spares. */
const usual = { oneWay: 0.25, loss: 0, rtoMin: 200, lease: 5000, spares: 2, postgresCores: 16, seed: 1 }

/** `npm run simulate -- --scale`: fleets that no machine of ours carries, by what each step was measured to cost. */
export function playScales(asJson: boolean): void {
  const rows: (Scale & ScaleOutcome)[] = []
  const say = (text: string): void => void process.stdout.write(`${text}\n`)
  const play = (title: string, cases: readonly Case[]): void => {
    if (!asJson) say(`\n${title}\n${head}`)
    for (const each of cases) {
      const scale: Scale = { ...usual, signOuts: signOutsOf(each), ...each }
      const outcome = playScale(scale, measured)
      rows.push({ ...scale, ...outcome })
      if (!asJson) say(line(scale, outcome))
    }
  }
  play('3 nodes, PostgreSQL and the fleet on one machine of two cores, as the bench has them', onOneMachine)
  play('each node on a core of its own, PostgreSQL on 16; 0.25 ms each way', onTheirOwn)
  play('10 nodes; 1 ms each way, segments lost', overLoss)
  if (asJson) say(JSON.stringify({ costs: measured, rows: rows.map(({ times, ...rest }) => ({ ...rest, ...figures(times) })) }))
}

/** Enough for a p99 where the fleet is small, and few enough for a minute in all. */
function signOutsOf({ verifiers, rate }: Case): number {
  return Math.max(6, Math.min(rate * 3, Math.floor(400_000 / verifiers)))
}

const head = '  nodes  verifiers  sign-outs/s   loss  rto_min  spares   p50 ms   p99 ms  node CPU  PostgreSQL CPU  entries a batch'

function line({ nodes, verifiers, rate, loss, rtoMin, spares }: Scale, outcome: ScaleOutcome): string {
  const { p50, p99 } = figures(outcome.times)
  const cells = [
    String(nodes).padStart(7),
    verifiers.toLocaleString('en').padStart(11),
    String(rate).padStart(13),
    `${(loss * 100).toFixed(1)} %`.padStart(7),
    String(rtoMin).padStart(9),
    String(spares).padStart(8),
    p50.toFixed(1).padStart(9),
    p99.toFixed(1).padStart(9),
    `${outcome.nodePercent.toFixed(0)} %`.padStart(10),
    `${outcome.postgresPercent.toFixed(0)} %`.padStart(16),
    outcome.entriesPerBatch.toFixed(1).padStart(17),
  ]
  return cells.join('') + (outcome.unconfirmed > 0 ? `  ${outcome.unconfirmed} not confirmed in 20 s` : '')
}
