import type { Client } from '../../src/domain/client.ts'
import type { Grant } from '../../src/domain/grant.ts'
import type { Session } from '../../src/domain/session.ts'
import type { User } from '../../src/domain/user.ts'

/** Rows as decisions hold them, with what a test is about put in its place. Times are in milliseconds from a moment that means nothing. */
export const t0 = 1_800_000_000_000

export function user(over: Partial<User> = {}): User {
  return {
    sub: 'sub-1',
    usr: 'usr-1',
    identifier: 'ada',
    name: 'Ada',
    password: '$argon2id$1',
    disabled: false,
    deleted: false,
    createdAt: t0,
    cut: 0,
    stale: 0,
    ...over,
  }
}

export function client(over: Partial<Client> = {}): Client {
  return {
    id: 'app',
    name: 'App',
    authentication: 'none',
    redirectUris: [],
    postLogoutRedirectUris: [],
    grants: ['refresh_token'],
    scopes: ['openid', 'orders:read', 'orders:write'],
    origins: [],
    accessLifetime: 300,
    idleLifetime: 3600,
    absoluteLifetime: 86_400,
    refreshGrace: 30,
    consent: 'skip',
    idTokenAlgorithm: 'ES256',
    disabled: false,
    cut: 0,
    stale: 0,
    from: 'config',
    ...over,
  }
}

export function session(over: Partial<Session> = {}): Session {
  return {
    sid: 'sid-1',
    sub: 'sub-1',
    usr: 'usr-1',
    pos: 10,
    clientId: 'app',
    authTime: t0,
    amr: ['pwd'],
    createdAt: t0,
    lastUsedAt: t0,
    idleExpiresAt: t0 + 3_600_000,
    expiresAt: t0 + 86_400_000,
    ...over,
  }
}

export function grant(over: Partial<Grant> = {}): Grant {
  return {
    gid: 'gid-1',
    sid: 'sid-1',
    offline: false,
    sub: 'sub-1',
    usr: 'usr-1',
    clientId: 'app',
    scope: 'openid orders:read',
    audience: 'https://api.example',
    pos: 10,
    generation: 7,
    rotatedAt: t0,
    authTime: t0,
    amr: ['pwd'],
    createdAt: t0,
    lastUsedAt: t0,
    idleExpiresAt: t0 + 3_600_000,
    expiresAt: t0 + 86_400_000,
    ...over,
  }
}
