import { existsSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { readConfig } from '../config.ts'
import { type Context, examples } from './context.ts'
import { withEnvFile } from './env-file.ts'
import { planFiles } from './init/files.ts'
import { type Framework, frameworks, readProject } from './init/project.ts'
import { secretFor } from './init/secret.ts'
import { startNote } from './init/start-script.ts'
import { writeFiles } from './init/write-files.ts'
import { facts, next } from './print.ts'
import { UsageError } from './usage-error.ts'

const names: Record<Framework, string> = {
  next: 'Next.js',
  nestjs: 'NestJS',
  fastify: 'Fastify',
  hono: 'Hono',
  express: 'Express',
  none: 'by itself: curfew serve',
}

const oldResolution =
  'tsconfig.json compiles for CommonJS and looks for types the old way, which finds none of Curfew: set "module": "nodenext" in it, and no "moduleResolution".'

/** `curfew init`: what a project needs to begin with. It never overwrites anything, and says what it did. */
export function initCommand(program: Command, { tell }: Context): void {
  const init = program
    .command('init [folder]')
    .description('write what a project needs to begin: the few lines, settings, a .env with a secret')
  init
    .addOption(new Option('--framework <name>', "what it is mounted in (found in the folder's package.json)").choices(frameworks))
    .option('--issuer <url>', 'the address that people reach it at', 'http://localhost:3000')
    .option('--audience <audience>', 'what its tokens are for', 'https://api.example.com')
  examples(init, 'curfew init', 'curfew init --framework fastify --issuer http://localhost:8080')
  init.action((folder: string = '.', { framework, ...told }: { framework?: Framework; issuer: string; audience: string }) => {
    const at = resolve(folder)
    if (!existsSync(at) || !statSync(at).isDirectory()) throw new UsageError(`There is no folder ${at}.`)
    // A second time, what is not said is as it is there.
    const there = withEnvFile({}, resolve(at, '.env'))
    const [issuer, audience] = (['issuer', 'audience'] as const).map((name) =>
      init.getOptionValueSource(name) === 'default' ? (there[`CURFEW_${name.toUpperCase()}`] ?? told[name]) : told[name],
    ) as [string, string]
    // They become lines of files: only what a start would take, on one line.
    if (/[\s'"`$\\#]/.test(issuer + audience))
      throw new UsageError('The issuer and the audience may have no spaces, quotes, $, # or backslashes.')
    readConfig({ issuer, audience, database: 'curfew.db' })
    const project = readProject(at, framework)
    const plan = planFiles(project, issuer)
    const settings = { CURFEW_ISSUER: issuer, CURFEW_AUDIENCE: audience, CURFEW_DATABASE: 'curfew.db' }
    const isThere = plan.add !== undefined && isMounted(resolve(at, plan.add.to))
    const mounted = isThere && plan.add ? [{ path: plan.add.to, did: 'kept' as const, what: 'it mounts Curfew already' }] : []
    // A program that mounts one needs no second; what an earlier run wrote is told as kept. Of Next.js only the line in its settings is looked for.
    const wanted = isThere && project.framework !== 'next' ? plan.files.filter(({ path }) => existsSync(resolve(at, path))) : plan.files
    const env = { settings, ...secretFor(at, settings.CURFEW_DATABASE) }
    const files = [...writeFiles(at, { files: wanted, ignored: plan.ignored }, env), ...mounted]
    const install = plan.packages.length === 0 ? undefined : `npm install ${plan.packages.join(' ')}`
    const { start } = plan
    const add = isThere ? undefined : plan.add
    const also = isThere ? [] : (plan.also ?? [])
    const notes = [project.oldResolution ? oldResolution : undefined, startNote(project, start), ...(plan.notes ?? [])].filter(
      (note) => note !== undefined,
    )
    const { there: has = [] } = plan
    const { framework: found, typescript, modules } = project
    const answer = { framework: found, typescript, modules, files, add, also, notes, install, start, there: has }
    tell(answer, (out) => {
      facts(
        [{ what: 'found', is: names[project.framework] }, ...files.map(({ did, path, what }) => ({ what: did, is: `${path}: ${what}` }))],
        out,
      )
      for (const { to, lines } of add ? [add, ...also] : []) {
        out.write(`\nAdd these to ${to}:\n\n`)
        for (const line of lines) out.write(`  ${line}\n`)
      }
      for (const note of notes) out.write(`\nnote: ${note}\n`)
      if (has.length > 0) out.write('\nThere is now:\n\n')
      for (const one of has) out.write(`  ${one}\n`)
      if (add || notes.length > 0 || has.length > 0) out.write('\n')
      next([...(install ? [install] : []), start].join(' && '), out)
    })
  })
}

/** The lines are in that file already, or some like them. */
function isMounted(file: string): boolean {
  return (
    existsSync(file) &&
    /\bcreateCurfew\(|\bcurfew\.(express|fastify|hono|node)\b|\bserverExternalPackages\b/.test(readFileSync(file, 'utf8'))
  )
}
