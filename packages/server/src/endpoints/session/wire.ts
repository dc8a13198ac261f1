import type { Grant } from '../../domain/grant.ts'
import { type Instant, secondsDown } from '../../domain/instant.ts'
import type { Session } from '../../domain/session.ts'
import type { Rights } from '../../domain/user.ts'

/** The user as the session API shows them. */
export function userOnWire({ sub, name, mail, mailVerified = false }: Rights): Record<string, unknown> {
  return { sub, name: name ?? null, ...(mail === undefined ? {} : { mail, mail_verified: mailVerified }) }
}

/** The session as the session API shows it. Times in seconds; an expiry is rounded down, since it promises life. */
export function sessionOnWire({ sid, authTime, idleExpiresAt, expiresAt }: Session): Record<string, unknown> {
  return lifeOnWire(sid, { authTime, idleExpiresAt, expiresAt })
}

/** An offline grant as the device of its own that it is (contract §3). */
export function offlineOnWire({ gid, authTime, idleExpiresAt, expiresAt }: Grant): Record<string, unknown> {
  return lifeOnWire(gid, { authTime, idleExpiresAt, expiresAt })
}

/** One line of "where am I signed in". */
export function deviceOnWire(device: Session | Grant, current: string | undefined): Record<string, unknown> {
  const sid = 'gid' in device ? device.gid : device.sid
  return {
    sid,
    current: sid === current,
    device: device.device ?? null,
    client: device.clientId,
    address: ('address' in device && device.address) || null,
    created_at: secondsDown(device.createdAt),
    last_used_at: secondsDown(device.lastUsedAt),
    expires_at: secondsDown(Math.min(device.idleExpiresAt, device.expiresAt)),
  }
}

function lifeOnWire(sid: string, life: { authTime: Instant; idleExpiresAt: Instant; expiresAt: Instant }): Record<string, unknown> {
  return {
    sid,
    auth_time: secondsDown(life.authTime),
    idle_expires_at: secondsDown(Math.min(life.idleExpiresAt, life.expiresAt)),
    expires_at: secondsDown(life.expiresAt),
  }
}
