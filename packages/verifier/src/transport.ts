import type { FollowRequest, ReleaseRequest } from './wire/index.ts'

/** What the issuer answered; `retryAfter` in seconds. */
export type TransportAnswer = { status: number; body: unknown; retryAfter?: number }

/** The way to the issuer. The default speaks HTTP; a verifier inside the issuer's process calls functions; a simulator has a network of its own. */
export interface Transport {
  follow(request: FollowRequest, signal: AbortSignal): Promise<TransportAnswer>
  release(request: ReleaseRequest): Promise<void>
  introspect(token: string, signal: AbortSignal): Promise<TransportAnswer>
  keys(signal: AbortSignal): Promise<TransportAnswer>
}

/** Why the issuer could not be asked, in a sentence for whoever runs the service. `definitive`: asking again will not help. */
export class TransportError extends Error {
  readonly definitive: boolean
  constructor(message: string, definitive = false) {
    super(message)
    this.name = 'TransportError'
    this.definitive = definitive
  }
}
