import { outageCommands } from '../src/control/outage-commands.ts'
import { openLedger } from '../src/ledger/open-ledger.ts'
import type { Store } from '../src/store/store.ts'
import { authenticateClient } from '../src/use-cases/authenticate-client.ts'
import { beginAuthorization } from '../src/use-cases/begin-authorization.ts'
import { changePassword } from '../src/use-cases/change-password.ts'
import { type Ended, end } from '../src/use-cases/end.ts'
import { identify } from '../src/use-cases/identify.ts'
import { inspectToken } from '../src/use-cases/inspect-token.ts'
import { issueClientToken } from '../src/use-cases/issue-client-token.ts'
import type { Services } from '../src/use-cases/needs.ts'
import { redeemCode } from '../src/use-cases/redeem-code.ts'
import { refresh } from '../src/use-cases/refresh.ts'
import { refreshSession } from '../src/use-cases/refresh-session.ts'
import { signIn } from '../src/use-cases/sign-in.ts'
import { stale } from '../src/use-cases/stale.ts'
import type { World } from '../src/world.ts'
import type { Disk } from './disk.ts'
import type { Process } from './machine.ts'

/** What an issuer's process is made of in a run, each part replaceable by one that breaks a rule. */
export interface IssuerParts {
  /** Laid over the store of each new process; `process` is there for its steps, each a place where it may be stopped. */
  readonly store: (store: Store, process: Process) => Store
  /** The clocks and timers of followers, confirmation and housekeeping. */
  readonly ledgerWorld: (world: World) => World
  readonly openLedger: typeof openLedger
  readonly disk: (disk: Disk) => Disk
  /** P6: the application changes rights that it keeps itself, and reports it. */
  readonly reportRights: (change: () => void, report: () => Promise<Ended>, process: Process) => Promise<Ended>
  /** Laid over what the wiring made. */
  readonly services: (services: Services, process: Process) => Services
  /** D4: resolves when the issuer may be stopped. */
  readonly pause: (milliseconds: number, services: Services) => Promise<void>
  readonly authenticateClient: typeof authenticateClient
  readonly askForCode: typeof askForCode
  readonly changePassword: typeof changePassword
  readonly end: typeof end
  readonly identify: typeof identify
  readonly inspectToken: typeof inspectToken
  readonly issueClientToken: typeof issueClientToken
  readonly redeemCode: typeof redeemCode
  readonly refresh: typeof refresh
  readonly refreshSession: typeof refreshSession
  readonly signIn: typeof signIn
  readonly stale: typeof stale
}

/** The product's own parts, nothing laid over them. */
export const productParts: IssuerParts = {
  store: (store) => store,
  ledgerWorld: (world) => world,
  openLedger,
  disk: (disk) => disk,
  async reportRights(change, report, process) {
    change()
    await process.step()
    return report()
  },
  services: (services) => services,
  async pause(milliseconds, services) {
    await outageCommands.pause!({ for_ms: milliseconds }, services)
  },
  authenticateClient,
  askForCode,
  changePassword,
  end,
  identify,
  inspectToken,
  issueClientToken,
  redeemCode,
  refresh,
  refreshSession,
  signIn,
  stale,
}

/** An authorization request of the client `web` in a browser with this session cookie; the code, where there is one at once. */
async function askForCode(asked: { cookie: string; scope: string; challenge: string }, services: Services): Promise<string | undefined> {
  const sent: Readonly<Record<string, string>> = {
    client_id: 'web',
    response_type: 'code',
    redirect_uri: 'https://web.example/back',
    scope: asked.scope,
    state: 'state',
    code_challenge: asked.challenge,
    code_challenge_method: 'S256',
  }
  const step = await beginAuthorization({ optional: (name) => sent[name], repeated: [] }, { cookie: asked.cookie }, services)
  return step.step === 'redirect' ? (new URL(step.location).searchParams.get('code') ?? undefined) : undefined
}
