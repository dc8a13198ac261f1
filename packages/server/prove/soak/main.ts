import { appendFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { draw } from './draw.ts'
import { soak } from './soak.ts'

const usage = `npm run soak -- [--minutes 10] [--every 5] [--samples FILE] [--draw FILE]

Mixed load on a real process and a real file: memory, file, ledger and times must be flat in the second half.
Lifetimes are short, so that what is born in the first minutes is forgotten in the run.
--every: seconds between samples. --samples: NDJSON. --draw: a plot, as SVG.
`
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    every: { type: 'string', default: '5' },
    samples: { type: 'string' },
    draw: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(usage)
  process.exit(0)
}
const [minutes, every] = [Number(values.minutes), Number(values.every)]
if (!(minutes > 0) || !(every > 0)) {
  process.stderr.write(`--minutes and --every are numbers above 0.\n\n${usage}`)
  process.exit(2)
}
if (values.samples !== undefined) writeFileSync(values.samples, '')
const { samples, found, done, leftOut, problems, head } = await soak({ seconds: minutes * 60, every }, (sample) => {
  if (values.samples !== undefined) appendFileSync(values.samples, `${JSON.stringify(sample)}\n`)
  else process.stderr.write(`${JSON.stringify(sample)}\n`)
})
const title = `${minutes} minutes of mixed load`
if (values.draw !== undefined) writeFileSync(values.draw, draw(samples, title))

process.stdout.write(`${title}; load of the machine at the end ${loadavg()[0]?.toFixed(1)}\n`)
for (const [kind, times] of Object.entries(done)) process.stdout.write(`  ${kind.padEnd(14)} ${times}\n`)
process.stdout.write(`  left out       ${leftOut}\n  entries made   ${head}\n`)
for (const { of, mean, rise, flat } of found) {
  process.stdout.write(`${flat ? 'flat ' : 'RISES'} ${of.padEnd(12)} mean ${shown(mean)}, rises by ${shown(rise)} over the second half\n`)
}
for (const problem of problems.slice(0, 20)) process.stdout.write(`PROBLEM ${problem}\n`)
if (problems.length > 0) process.stdout.write(`${problems.length} problems\n`)
process.exit(problems.length === 0 && found.every(({ flat }) => flat) ? 0 : 1)

function shown(value: number): string {
  return Math.abs(value) >= 100_000 ? `${(value / 1024 / 1024).toFixed(2)} MB` : value.toFixed(1)
}
