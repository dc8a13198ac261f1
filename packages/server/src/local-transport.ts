import type { Transport } from '@curfew/verifier'
import { inspectToken } from './use-cases/inspect-token.ts'
import type { Followed, Services } from './use-cases/needs.ts'

const statuses: Record<Exclude<Followed['outcome'], 'answer'>, number> = { behind: 409, refused: 403, full: 429, stopping: 503 }

/** The way of a verifier in the issuer's own process to the ledger: function calls. `ready` is awaited before each, so it may be made at once. */
export function localTransport(service: string, audience: string, ready: () => Promise<Services>): Transport {
  return {
    async follow(request, signal) {
      const { followers } = await ready()
      const followed = await followers.follow({ service, local: true }, request, signal)
      return followed.outcome === 'answer' ? { status: 200, body: followed.answer } : { status: statuses[followed.outcome], body: {} }
    },
    async release({ id }) {
      const { followers } = await ready()
      await followers.release(service, id)
    },
    async introspect(token) {
      const found = await inspectToken(token, await ready())
      const isActive = found.sort === 'access' && found.active && found.claims.aud === audience
      return { status: 200, body: isActive ? { ...found.claims, active: true } : { active: false } }
    },
    async keys() {
      const { signer } = await ready()
      return { status: 200, body: JSON.parse(await signer.jwks()) }
    },
  }
}
