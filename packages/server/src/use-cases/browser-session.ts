import { isLive, type Session } from '../domain/session.ts'
import { end } from './end.ts'
import { hashSecret } from './hash-secret.ts'
import type { Services } from './needs.ts'

/** The live session that a browser has now. */
export async function browserSession(cookie: string | undefined, { store }: Pick<Services, 'store'>): Promise<Session | undefined> {
  if (cookie === undefined) return undefined
  const { rows, at } = await store.begin({ kind: 'browser', cookie: hashSecret(cookie) })
  return rows && isLive(rows.session, { user: rows.user.cut, issuer: rows.issuer.cut }, at.now) ? rows.session : undefined
}

/** Another user in the same browser: first the old session ends, then the new one begins (contract §3). */
export async function replace({ sid }: Session, needs: Parameters<typeof end>[2]): Promise<void> {
  await end({ session: sid }, { why: 'replaced', wait: 0 }, needs)
}
