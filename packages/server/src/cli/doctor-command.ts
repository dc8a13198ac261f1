import type { Command } from 'commander'
import { askServer } from '../control/ask-server.ts'
import { controlPath } from '../control/control-path.ts'
import { version } from '../control/version.ts'
import { CurfewError } from '../errors.ts'
import { fileOf } from '../open-store.ts'
import { type Context, examples } from './context.ts'
import { type Finding, good, look, wrong } from './doctor/finding.ts'
import { issuerFindings } from './doctor/issuer.ts'
import { type DoctorAnswer, ledgerFindings, serviceFindings } from './doctor/ledger.ts'
import { configFindings, fileFindings } from './doctor/machine.ts'
import { clean, next, type Out, tint } from './print.ts'

/** Between two looks at who lags, in milliseconds: what is under way is not behind. */
const moment = 500

/** `curfew doctor` */
export function doctorCommand(program: Command, { ask, place, tell, terminal }: Context): void {
  const doctor = program.command('doctor').description('what is good, what somebody should look at, what is wrong; and what to do')
  doctor.addHelpText('after', '\nExit codes: 0 nothing is wrong (there may be something to look at), 1 something is.')
  examples(doctor, 'curfew doctor', 'curfew doctor --json')
  doctor.action(async () => {
    const findings = await examine({ ask, place, terminal })
    const worst = findings.some(({ state }) => state === 'wrong') ? 1 : 0
    tell({ findings }, (out) => tellFindings(findings, out), worst)
  })
}

async function examine({ ask, place, terminal }: Pick<Context, 'ask' | 'place' | 'terminal'>): Promise<Finding[]> {
  const { env } = terminal
  const { findings, config } = await configFindings(place(), env)
  const database = place().database ?? env.CURFEW_DATABASE ?? config.database ?? 'curfew.db'
  const file = fileOf(database)
  const all = [...versionFindings(), ...findings, ...(file === undefined || file === ':memory:' ? [] : fileFindings(file, env))]
  let found: DoctorAnswer | undefined
  try {
    const before = await ask<DoctorAnswer>('doctor', {})
    found = before
    if (before.verifiers.some(({ lag }) => lag > 0)) {
      await new Promise<void>((done) => void terminal.after(moment, done))
      found = await ask<DoctorAnswer>('doctor', {})
    }
    all.push(...serverFindings(found), ...ledgerFindings(found, terminal.now()), ...serviceFindings(found, before, terminal.now()))
  } catch (error) {
    if (!(error instanceof CurfewError)) throw error
    all.push(wrong('server', error.message.replace(/\.$/, ''), 'mend that first: the rest cannot be looked at'))
  }
  const issuer = found?.issuer ?? config.issuer
  if (issuer !== undefined) all.push(...(await issuerFindings(issuer, await isServed(file), terminal.now)))
  return all
}

function versionFindings(): Finding[] {
  return [good('version', `curfew ${version()}, Node ${process.versions.node}`)]
}

function serverFindings(found: DoctorAnswer): Finding[] {
  if (found.version === version()) return []
  return [look('server', `runs curfew ${found.version}, and this is ${version()}`, 'restart the server, or update this one')]
}

/** Whether a server runs on this file; on PostgreSQL nobody can tell from here. */
async function isServed(file: string | undefined): Promise<boolean | undefined> {
  if (file === undefined) return undefined
  const path = controlPath(file)
  return path !== undefined && (await askServer(path, 'status', {}).catch(() => ({}))) !== undefined
}

const tones = { good: 'good', look: 'plain', wrong: 'bad' } as const

function tellFindings(findings: readonly Finding[], out: Out): void {
  const width = Math.max(...findings.map(({ what }) => clean(what).length))
  for (const { state, what, is, todo } of findings) {
    const line = `${clean(what).padEnd(width)}  ${clean(is)}${todo === undefined ? '' : `${/[.?!]$/.test(is) ? '' : '.'} To do: ${clean(todo)}`}`
    out.write(`${tint(state.padEnd(5), tones[state], out)}  ${line}\n`)
  }
  const count = (state: Finding['state']): number => findings.filter((one) => one.state === state).length
  out.write(`\n${count('good')} good, ${count('look')} to look at, ${count('wrong')} wrong\n`)
  next(
    findings.some(({ state, todo }) => state !== 'good' && todo?.includes('CURFEW_KEY')) ? 'curfew services list' : 'curfew verifiers',
    out,
  )
}
