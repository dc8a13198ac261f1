import { createVerifier, type Verifier } from '@curfew/verifier'
import { openMail } from './accounts/open-mail.ts'
import { openPasswords } from './accounts/passwords.ts'
import { type CurfewOptions, readConfig } from './config.ts'
import { openControl } from './control/open-control.ts'
import { CurfewError } from './errors.ts'
import { createHandler } from './http/handle.ts'
import { countUnderWay } from './http/under-way.ts'
import { masterSecret as findMasterSecret } from './keys/master-secret.ts'
import { localTransport } from './local-transport.ts'
import { type Mounted, mount } from './mount/mount.ts'
import { requireNode } from './needs-node.ts'
import { openServices } from './open-services.ts'
import { fileOf, openStore, shownDatabase } from './open-store.ts'
import { opening } from './opening.ts'
import { plainLogger } from './plain-logger.ts'
import { realWorld } from './real-world.ts'
import { requireSecret } from './require-secret.ts'
import { routes } from './routes.ts'
import { createClientOrigins } from './use-cases/client-origins.ts'
import { type Ended, end } from './use-cases/end.ts'
import { endTarget, type Named } from './use-cases/end-target.ts'
import type { Accounts, Blocked, Logger, Services } from './use-cases/needs.ts'
import { registerConfigured } from './use-cases/register.ts'
import { openRequestLimit } from './use-cases/request-limit.ts'
import { type StaleTarget, stale } from './use-cases/stale.ts'

/** What ending something came to. Times in milliseconds. */
export interface EndResult {
  /** How many devices, or 1 for a client or everything; 0: there was nothing to end. */
  readonly ended: number
  /** No service that follows accepts what ended any more. */
  readonly confirmed: boolean
  readonly tookMs?: number
  /** Not confirmed yet: it will be at the latest in so many milliseconds. */
  readonly latestInMs?: number
  /** Where the outcome can be asked for: `GET /receipts/{id}`. */
  readonly id: string
  readonly seq: number
  /** The signed receipt, a JWT of `typ` `logout-receipt+jwt`. */
  readonly receipt: string
  /** What it says. */
  readonly details: Ended['confirmed']['whole']
}

/** A running issuer. */
export interface Curfew extends Mounted {
  /** The ordinary verifier, following inside the process. One for each audience, however often it is asked for. */
  verifier(of?: { audience?: string }): Verifier
  /** Ends what is named, everywhere; waits until it is confirmed, or for `wait` seconds (protocol S1–S6). */
  end(what: Named, how?: { wait?: number }): Promise<EndResult>
  /** Rights changed: tokens minted before are refused, sessions live on (P6). */
  stale(whose: StaleTarget, how?: { wait?: number }): Promise<EndResult>
  /**
   * Resolves when keys are open and the configuration is written down; waits while PostgreSQL is away, and rejects with what no waiting mends.
   * Requests need not be held back for it: meanwhile they are answered with 503.
   */
  ready(): Promise<void>
  /** R1: a clean stop. Verifiers are answered, their rows written down, the file is closed. */
  close(): Promise<void>
}

/** Milliseconds that a clean stop gives to requests which are under way: a password hash, a commit. Who is held was answered before. */
const patienceAtStop = 5000

/**
 * Makes an issuer. Synchronous: a file is opened, and a wrong configuration refused, at once; PostgreSQL is opened at first use.
 * @throws CurfewError with a sentence that says what to do
 */
export function createCurfew(options: CurfewOptions): Curfew {
  try {
    return assemble(options)
  } catch (error) {
    // What is wrong is at the call, and not at one of our own lines.
    if (error instanceof CurfewError) Error.captureStackTrace(error, createCurfew)
    throw error
  }
}

function assemble(options: CurfewOptions): Curfew {
  requireNode(process.versions.node)
  const config = readConfig(options)
  const { settings } = config
  const log = options.logger ?? plainLogger(process.env.CURFEW_LOG_LEVEL || undefined)
  const world = options.world ?? realWorld()
  const file = fileOf(options.database)
  const given = options.secret ?? process.env.CURFEW_SECRET
  const secret = findMasterSecret(given, { database: file, loopback: settings.loopback }, log)
  const store = openStore(options.database, { world, leaseMs: config.leaseMs, log })
  requireSecret(store, secret, given !== undefined)
  const accounts = accountsOf(options, config.blocked)
  const mail = config.mail && openMail(config.mail, { settings, world, log })
  const verifiers = new Map<string, Verifier>()
  let closing: Promise<void> | undefined

  const open = async () => {
    const masterSecret = secret(await hasKeys(store))
    const made = await openServices({ settings, world, store, accounts, passwords: openPasswords(), mail: mail?.mailer, log, masterSecret })
    try {
      await registerConfigured(config.clients, config.services, made.services)
      return made
    } catch (error) {
      await made.stop()
      throw error
    }
  }
  const opened = opening(open, { world, log, name: shownDatabase(options.database) })
  const ready = async (): Promise<Services> => (await opened.now()).services
  const control = openControl({ database: file, wanted: options.control ?? true, ready, log })

  const verifier: Curfew['verifier'] = ({ audience = settings.audience } = {}) => {
    const service = audience === settings.audience ? 'app' : audience === settings.issuer ? 'curfew' : undefined
    if (!service)
      throw new CurfewError(
        `No verifier for ${audience} here: in the issuer's process there are those of ${settings.audience} and ${settings.issuer}. Another service follows with its own key: npx curfew services add <name>`,
      )
    const known = verifiers.get(audience)
    if (known) return known
    const made = createVerifier({
      issuer: settings.issuer,
      audience,
      transport: localTransport(service, audience, ready),
      logger: log,
      world,
    })
    verifiers.set(audience, made)
    return made
  }

  const served = {
    signUp: settings.signUp,
    ownAccounts: accounts.builtIn,
    mail: mail !== undefined,
    mailLink: config.mail?.signsIn ?? false,
    serve: options.serve?.health ?? false,
  }
  const isClientOrigin = createClientOrigins({ store, world })
  const requests = countUnderWay(
    createHandler(routes(served), ready, { settings, log, world, isClientOrigin, admit: openRequestLimit(settings, world) }),
    world,
  )

  const close = async (): Promise<void> => {
    await control.close()
    opened.stop()
    const open = await opened.last()
    // Verifiers in the process give up their leases first (V7): they die with it, and are not written down (R1).
    await Promise.all([...verifiers.values()].map((one) => one.close()))
    await open?.stop()
    await requests.idle(patienceAtStop)
    await mail?.stop(patienceAtStop)
    await store.close()
  }

  return {
    ...mount({ handle: requests.handle, ready, settings, verifier, log, id: () => Buffer.from(world.random(9)).toString('base64url') }),
    verifier,
    async end(what, how = {}) {
      const services = await ready()
      const target = endTarget(what, services)
      if (!target) throw new CurfewError('This token is none of ours, or it is damaged: nothing was ended.')
      return result(await end(target, { why: 'admin', wait: how.wait, reader: 'operator' }, services))
    },
    async stale(whose, how = {}) {
      return result(await stale(whose, { wait: how.wait, reader: 'operator' }, await ready()))
    },
    ready: async () => void (await opened.ready()),
    close: () => (closing ??= close()),
  }
}

/**
 * The services over a file that nobody serves, for the command line (contract §7): what was registered stays as it is. A file that was never
 * served is made by the configuration, where there is one.
 */
export async function openOffline(
  database: CurfewOptions['database'],
  given: Partial<CurfewOptions> & { logger: Logger },
  { restoring = false }: { restoring?: boolean } = {},
): Promise<{ services: Services; close(): Promise<void> }> {
  const { logger: log } = given
  const world = given.world ?? realWorld()
  const store = openStore(database, { world, leaseMs: given.lease ?? 5000, log, visiting: true, restoring })
  try {
    const known = await store.lists.services()
    const own = (id: string): string | undefined => known.find((service) => service.id === id)?.audience
    const issuer = own('curfew') ?? given.issuer
    const audience = own('app') ?? given.audience
    if (!issuer || !audience)
      throw new CurfewError(`${shownDatabase(database)} has not been served yet. Start the server once: curfew serve`)
    const isNew = own('curfew') === undefined
    // Only what was registered counts, but for what a command itself must know: whose the users are, and how long a password is.
    const basePath = new URL(issuer).pathname.replace(/\/$/, '')
    const config = readConfig(
      isNew
        ? { ...given, issuer, audience, database }
        : {
            accounts: given.accounts ?? {},
            issuer,
            audience,
            database,
            basePath,
            ...(given.mail === undefined ? {} : { mail: given.mail }),
          },
    )
    const { settings } = config
    // A file that has keys has its secret already: a new one would not open them.
    const secret = findMasterSecret(given.secret, { database: fileOf(database), loopback: settings.loopback && isNew }, log)
    const open = await openServices({
      settings,
      world,
      store,
      accounts: accountsOf(given, config.blocked),
      passwords: openPasswords(),
      log,
      masterSecret: secret(await hasKeys(store)),
    })
    if (isNew) await registerConfigured(config.clients, config.services, open.services)
    return {
      services: open.services,
      async close() {
        await open.stop()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

function accountsOf({ accounts }: Partial<CurfewOptions>, blocked: Blocked | undefined): Accounts {
  return accounts && 'find' in accounts ? { builtIn: false, ...accounts } : { builtIn: true, blocked }
}

function result({ ended, confirmed, receipt }: Ended): EndResult {
  const { id, seq, tookMs, latestInMs, outcome, whole } = confirmed
  const times = { ...(tookMs === undefined ? {} : { tookMs }), ...(latestInMs === undefined ? {} : { latestInMs }) }
  return { ended, confirmed: outcome === 'confirmed', ...times, id, seq, receipt, details: whole }
}

async function hasKeys({ keys }: Pick<Services['store'], 'keys'>): Promise<boolean> {
  return (await keys.all()).length > 0
}
