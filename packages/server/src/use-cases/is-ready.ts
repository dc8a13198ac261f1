import type { Services } from './needs.ts'

/** Whether this node can do its work now: the database answers, and there are keys to sign with. */
export async function isReady({ store, signer, log }: Pick<Services, 'store' | 'signer' | 'log'>): Promise<boolean> {
  try {
    await Promise.all([store.begin({ kind: 'head' }), signer.jwks()])
    return true
  } catch (error) {
    log.warn({ event: 'not_ready', problem: error instanceof Error ? error.name : 'unknown' }, 'not ready')
    return false
  }
}
