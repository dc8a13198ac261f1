import type { Command } from 'commander'
import { whole } from './account-commands.ts'
import type { Context } from './main.ts'

/** `curfew serve`, `dev`. What they need is loaded when they are called: a `revoke` should not wait for a web server to load. */
export function serverCommands(program: Command, { out, place }: Context): void {
  program
    .command('serve')
    .description('run the issuer')
    .option('-p, --port <port>', 'where to listen (the issuer’s port)', whole)
    .option('--host <host>', 'the address to listen at (127.0.0.1; 0.0.0.0 for all)')
    .action(async (options: { port?: number; host?: string }) => {
      const { serve } = await import('./serve.ts')
      await serve({ ...place(), ...options }, out())
    })
  program
    .command('dev')
    .description('an issuer with a demo user, the services in a folder, and the street to watch them')
    .option('--services <folder>', 'a folder with one service a file')
    .option('-p, --port <port>', 'of the issuer; the street is at the next one', whole)
    .action(async (options: { services?: string; port?: number }) => {
      const { dev } = await import('../dev/dev.ts')
      await dev(options, out())
    })
}
