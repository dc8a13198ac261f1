import { CurfewError, messageOf, OAuthError } from '../errors.ts'
import type { World } from '../world.ts'
import type { Services } from './needs.ts'

type Needs = Pick<Services, 'store' | 'signer' | 'log'>

/** Milliseconds; below what probes wait. */
const patience = 1_500

/** What keeps this node from its work now, in words for whoever operates it; undefined: the database answers, and there are keys to sign with. */
export async function whatIsWrong(services: () => Promise<Needs>, world: Pick<World, 'after'>): Promise<string | undefined> {
  const late = Promise.withResolvers<'late'>()
  const cancel = world.after(patience, () => late.resolve('late'))
  try {
    const looked = look(services)
    looked.catch(() => undefined)
    const found = await Promise.race([looked, late.promise])
    return found === 'late' ? `The database has not answered for ${patience / 1000} s.` : undefined
  } catch (error) {
    return inWords(error)
  } finally {
    cancel()
  }
}

async function look(services: () => Promise<Needs>): Promise<undefined> {
  const { store, signer, log } = await services()
  try {
    await Promise.all([store.begin({ kind: 'head' }), signer.jwks()])
  } catch (error) {
    log.warn({ event: 'not_ready', problem: inWords(error) }, 'not ready')
    throw error
  }
}

/** Codes that operators meet, of the system and of PostgreSQL (Appendix A of its manual). */
const meanings: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of its host cannot be looked up',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'there is no way to its host',
  '25006': 'it is a standby, which decides nothing',
  '53300': 'it has no connection left',
  '57P01': 'it is stopping',
  '57P02': 'it crashed, and comes back',
  '57P03': 'it is starting or stopping',
}

/** The reason behind a refusal: our own sentence, or what the driver said. */
function inWords(error: unknown): string {
  const chain: unknown[] = []
  for (let each = error; each !== undefined && each !== null && chain.length < 5; each = (each as { cause?: unknown }).cause)
    chain.push(each)
  const own = chain.find((each) => each instanceof CurfewError)
  if (own instanceof CurfewError) return own.message
  const codes = chain.map((each) => (each as { code?: unknown }).code).filter((code): code is string => typeof code === 'string')
  const code = codes.find((each) => each in meanings) ?? codes.find((each) => /^(E[A-Z]+|[0-9A-Z]{5})$/.test(each))
  if (code !== undefined) return `The database does not answer: ${meanings[code] ?? 'see its log'} (${code}).`
  const last = chain.at(-1)
  return last instanceof OAuthError
    ? (last.description ?? 'The database does not answer.')
    : `The database does not answer: ${messageOf(last)}`
}
