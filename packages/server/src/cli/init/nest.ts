import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plan } from './files.ts'
import type { Project } from './project.ts'

/** The pieces of every framework's plan. */
interface Common {
  readonly settings: readonly string[]
  readonly paths: string
  readonly packages: readonly string[]
}

/** NestJS, on Express or on Fastify: the module, a guard, and the lines for main.ts and app.module.ts. */
export function planNest(project: Project, { settings, paths, packages }: Common): Plan {
  const end = project.modules === 'esm' ? '.js' : ''
  const isFastify = isOnFastify(project)
  const made = [
    `import { Module } from '@nestjs/common'`,
    `import { createCurfew } from 'curfew'`,
    '',
    'export const curfew = createCurfew({',
    ...settings,
    '})',
    '',
    '/** In the imports of AppModule. A clean stop: no lease is lost, and sign-outs after the next start confirm at once. */',
    '@Module({})',
    'export class CurfewModule {',
    '  // Before the server closes: services hold requests to Curfew open, which it answers now.',
    '  beforeApplicationShutdown(): Promise<void> {',
    '    return curfew.close()',
    '  }',
    '}',
  ]
  const judged = isFastify
    ? [
        '      try {',
        '        await protect.fastify(http.getRequest(), http.getResponse())',
        '      } catch (refusal) {',
        '        throw toHttp(refusal)',
        '      }',
      ]
    : [
        '      const refusal = await new Promise((resolve) => protect(http.getRequest(), http.getResponse(), resolve))',
        '      if (refusal) throw toHttp(refusal)',
      ]
  const guard = [
    `import { inspect } from 'node:util'`,
    `import { type CanActivate, type ExecutionContext, HttpException, Logger, mixin, type Type } from '@nestjs/common'`,
    `import type { ProtectOptions } from 'curfew'`,
    `import { curfew } from './curfew${end}'`,
    '',
    `const log = new Logger('Curfew')`,
    '',
    `/** \`@UseGuards(SignedIn({ scope: 'orders:read' }))\`; then \`request.auth\` has the claims. */`,
    'export function SignedIn(needed: ProtectOptions = {}): Type<CanActivate> {',
    '  const protect = curfew.protect(needed)',
    '  class SignedInGuard implements CanActivate {',
    '    async canActivate(context: ExecutionContext): Promise<boolean> {',
    '      const http = context.switchToHttp()',
    ...judged,
    '      return true',
    '    }',
    '  }',
    '  return mixin(SignedInGuard)',
    '}',
    '',
    '/** What Nest answers with as it is; other errors it logs as failures. Their headers are on the answer already. */',
    'function toHttp(refusal: unknown): unknown {',
    '  const { status, code, message } = refusal as { status?: unknown; code?: string; message?: string }',
    `  if (typeof status !== 'number') return refusal`,
    '  log.debug(inspect(refusal)) // one line with the reason, which callers are not told',
    '  return new HttpException({ error: code, error_description: message }, status, { cause: refusal })',
    '}',
  ]
  const mount = isFastify ? 'await app.register(curfew.fastify())' : 'app.use(curfew.express())'
  const lines = [
    `import { curfew } from './curfew${end}'`,
    `${mount} ${paths.replace('//', '// after NestFactory.create(…):')}`,
    'app.enableShutdownHooks() // so that a stop closes Curfew',
  ]
  const also = {
    to: 'src/app.module.ts',
    lines: [`import { CurfewModule } from './curfew${end}'`, '@Module({ imports: [CurfewModule], … }) // beside what is there'],
  }
  return {
    files: [
      { path: 'src/curfew.ts', text: `${made.join('\n')}\n`, what: 'makes Curfew, with your settings' },
      { path: 'src/signed-in.guard.ts', text: `${guard.join('\n')}\n`, what: 'a guard for controllers and handlers' },
    ],
    add: { to: 'src/main.ts', lines },
    also: [also],
    packages,
    start: project.installed.has('@nestjs/cli')
      ? 'npx nest start --watch --env-file .env'
      : 'npm run build && node --env-file=.env dist/main.js',
  }
}

/** What its program says; without a word there, what is installed. Many projects on Fastify have Express's adapter left over. */
function isOnFastify({ folder, installed }: Project): boolean {
  const main = join(folder, 'src/main.ts')
  const text = existsSync(main) ? readFileSync(main, 'utf8') : ''
  if (/platform-fastify|FastifyAdapter/.test(text)) return true
  return installed.has('@nestjs/platform-fastify') && !installed.has('@nestjs/platform-express')
}
