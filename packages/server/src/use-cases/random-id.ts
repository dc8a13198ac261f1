import type { World } from '../world.ts'

/** 16 random bytes, 22 base64url characters (contract §1). */
export function randomId(world: Pick<World, 'random'>): string {
  return Buffer.from(world.random(16)).toString('base64url')
}

/** 256 random bits, 43 base64url characters: a secret of ours. */
export function randomSecret(world: Pick<World, 'random'>): string {
  return Buffer.from(world.random(32)).toString('base64url')
}
