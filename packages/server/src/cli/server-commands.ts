import type { Command } from 'commander'
import { type Context, examples } from './context.ts'
import { copyCommand } from './copy-command.ts'
import { port } from './numbers.ts'

/** `curfew serve`, `dev`. What they need is loaded when they are called: a `revoke` should not wait for a web server to load. */
export function serverCommands(program: Command, context: Context): void {
  const { out, place, terminal } = context
  const serve = program.command('serve').description('run the issuer, until Ctrl-C')
  serve
    .option('-p, --port <port>', "where to listen (the issuer's port; 4100 where it is https, behind a proxy)", port)
    .option('--host <address>', 'the address to listen at (127.0.0.1; 0.0.0.0 for all)')
  serve.addHelpText(
    'after',
    `
Configured by curfew.config.ts (or .js, .json), and by the environment and .env on top of it:
  CURFEW_ISSUER     the address that people and services reach it at
  CURFEW_AUDIENCE   what its tokens are for, where a client says nothing else
  CURFEW_DATABASE   the file (curfew.db)
  CURFEW_SECRET     at least 32 random characters; the keys in the database are sealed with it
  CURFEW_LOG_LEVEL  debug, info, warn, error or silent`,
  )
  examples(serve, 'curfew serve', 'CURFEW_ISSUER=http://localhost:4100 CURFEW_AUDIENCE=https://api.example.com curfew serve')
  serve.action(async (options: { port?: number; host?: string }) => {
    const { serve } = await import('./serve.ts')
    await serve(place(), options, terminal, out())
  })

  const dev = program.command('dev').description('an issuer with a demo user, the services in a folder, and the street to watch them')
  dev
    .option('--services <folder>', 'a folder with one service a file')
    .option('-p, --port <port>', 'of the issuer; the street is at the next one (4100)', port)
  examples(dev, 'curfew dev --services examples/microservices')
  dev.action(async (options: { services?: string; port?: number }) => {
    const { dev } = await import('../dev/dev.ts')
    await dev(options, out())
  })

  copyCommand(program, context)
}
