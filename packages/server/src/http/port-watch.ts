import type { Settings } from '../domain/settings.ts'
import type { EdgeLog } from './respond.ts'

/**
 * On one's own machine an issuer whose port nobody listens at is a slip: services and browsers are sent there. Said once, at the first request
 * that came in by another port. Only words in a log come of it: what is in Host decides nothing (MD-5).
 */
export function portWatch({ issuer, loopback }: Pick<Settings, 'issuer' | 'loopback'>, log: EdgeLog): (host: string | undefined) => void {
  const wanted = new URL(issuer).port || '80'
  let isDone = !loopback
  return (host) => {
    if (isDone || host === undefined) return
    isDone = true
    const port = /:(\d{1,5})$/.exec(host)?.[1] ?? '80'
    if (port === wanted) return
    log.warn?.(
      { event: 'issuer.port', issuer, port },
      `this was asked for at port ${port}, and the issuer is ${issuer}: services and browsers go there. Set issuer to where this listens, unless a proxy is in between`,
    )
  }
}
