import type { Service } from '../domain/service.ts'
import { CurfewError } from '../errors.ts'
import { readService, type ServiceOptions } from '../registration.ts'
import type { Services } from '../use-cases/needs.ts'
import { randomSecret } from '../use-cases/random-id.ts'
import { putService, removeService } from '../use-cases/register.ts'
import { text } from './arguments.ts'
import type { Command } from './command.ts'

/** `curfew services …` */
export const serviceCommands: Readonly<Record<string, Command>> = {
  'services.add': async (args, services) => {
    const id = text(args, 'id')
    if ((await find(id, services)) && !isOwn(id))
      throw new CurfewError(`There is a service ${id} already. For a new key: curfew services key ${id}`)
    return keyed(args as unknown as ServiceOptions, services)
  },
  'services.key': async (args, services) => {
    const known = await find(text(args, 'id'), services)
    if (!known) throw new CurfewError(`There is no service ${text(args, 'id')}. Which there are: curfew services list`)
    if (isOwn(known.id)) throw new CurfewError(`The service ${known.id} is in the issuer itself, and needs no key.`)
    if (known.from === 'config') throw new CurfewError(`The service ${known.id} stands in the configuration, and so does its key.`)
    const { id, audience, checks, maxRows } = known
    const made = await keyed({ id, audience, checks, public: known.public, maxRows }, services)
    return { ...made, wait_ms: (await services.store.ledger.rows()).waitMs }
  },
  'services.list': async (_, { store }) => (await store.lists.services()).map(shown),
  'services.remove': async (args, services) => {
    const known = await find(text(args, 'id'), services)
    if (!known) throw new CurfewError(`There is no service ${text(args, 'id')}. Which there are: curfew services list`)
    if (isOwn(known.id)) throw new CurfewError(`The service ${known.id} is in the issuer itself, and stays.`)
    if (known.from === 'config') throw new CurfewError(`The service ${known.id} stands in the configuration. Remove it there, and restart.`)
    await removeService(known.id, services)
    return { removed: known.id, wait_ms: (await services.store.ledger.rows()).waitMs }
  },
}

/** Shown once; what is stored is the hash of its secret. */
async function keyed(options: ServiceOptions, services: Services): Promise<Record<string, unknown>> {
  const key = `cfk_${options.id}_${randomSecret(services.world)}`
  const service = readService({ ...options, key }, services.settings)
  await putService(service, services)
  return { ...shown(service), key, issuer: services.settings.issuer }
}

/** Those that the issuer registers for itself (contract §2). */
function isOwn(id: string): boolean {
  return id === 'app' || id === 'curfew'
}

async function find(id: string, { store }: Services): Promise<Service | undefined> {
  return (await store.lists.services()).find((service) => service.id === id)
}

function shown({ id, audience, checks, public: isPublic, maxRows, from }: Service): Record<string, unknown> {
  return { id, audience, checks, public: isPublic, max_rows: maxRows, from }
}
