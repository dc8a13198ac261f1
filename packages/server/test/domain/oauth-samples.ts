import type { AuthorizationCode } from '../../src/domain/authorization-code.ts'
import type { AuthorizationRequest } from '../../src/domain/authorization-request.ts'
import type { Client } from '../../src/domain/client.ts'
import type { Position } from '../../src/domain/position.ts'
import type { Session } from '../../src/domain/session.ts'
import type { User } from '../../src/domain/user.ts'

export const now = 1_764_000_000_000
export const at = { now, head: 40 }
export const position = 20 as Position

export const client = (more: Partial<Client> = {}): Client => ({
  id: 'web',
  name: 'Web',
  authentication: 'none',
  redirectUris: ['https://web.test/back'],
  postLogoutRedirectUris: [],
  grants: ['authorization_code', 'refresh_token'],
  scopes: ['openid', 'profile', 'offline_access', 'a', 'b'],
  origins: [],
  accessLifetime: 300,
  idleLifetime: 1000,
  absoluteLifetime: 10_000,
  refreshGrace: 30,
  consent: 'ask',
  idTokenAlgorithm: 'ES256',
  disabled: false,
  cut: 0,
  stale: 0,
  from: 'config',
  ...more,
})

export const user = (more: Partial<User> = {}): User => ({
  sub: 'ada',
  usr: 'u'.repeat(22),
  disabled: false,
  deleted: false,
  createdAt: now,
  cut: 0,
  stale: 0,
  ...more,
})

export const session = (more: Partial<Session> = {}): Session => ({
  sid: 's'.repeat(22),
  sub: 'ada',
  usr: 'u'.repeat(22),
  pos: 10,
  clientId: 'web',
  authTime: now - 60_000,
  amr: ['pwd'],
  createdAt: now - 60_000,
  lastUsedAt: now,
  idleExpiresAt: now + 1_000_000,
  expiresAt: now + 5_000_000,
  ...more,
})

export const request = (more: Partial<AuthorizationRequest> = {}): AuthorizationRequest => ({
  clientId: 'web',
  redirectUri: 'https://web.test/back',
  scope: ['openid', 'a'],
  audience: 'https://api.test',
  challenge: 'c'.repeat(43),
  prompt: [],
  ...more,
})

export const code = (more: Partial<AuthorizationCode> = {}): AuthorizationCode => ({
  hash: 'h'.repeat(43),
  clientId: 'web',
  redirectUri: 'https://web.test/back',
  challenge: 'c'.repeat(43),
  sid: 's'.repeat(22),
  sub: 'ada',
  usr: 'u'.repeat(22),
  scope: 'openid a',
  audience: 'https://api.test',
  pos: 20,
  authTime: now - 60_000,
  amr: ['pwd'],
  createdAt: now - 10_000,
  expiresAt: now + 50_000,
  ...more,
})
