/**
 * What the harness knows of one device, and what it therefore may expect of a service. Times are the harness's own clock; whoever is asked
 * is judged by when a question was *sent* and when its answer *came*.
 */
export interface Device {
  readonly user: string
  readonly sid: string
  readonly gid: string
  readonly jti: string
  readonly accessToken: string
  readonly refreshToken: string
  /** Wall clock, milliseconds: its access token is expected to be good until then. */
  readonly expiresAt: number
  /** When the first call that ends it was sent. */
  endingSince?: number | undefined
  /** When the answer came that it is confirmed. */
  confirmedAt?: number
  /** By which kind of ending. */
  kind?: string
  /** Calls of the ordinary load that are under way. */
  busy?: boolean
}

/** One answer of a service to one device's token. */
export interface Check {
  readonly device: Device
  readonly service: string
  readonly status: number
  readonly reason: string
  readonly sentAt: number
  readonly cameAt: number
}

export interface Tally {
  checks: number
  accepted: number
  refused: number
  acceptedAfterConfirmed: number
  goodRefused: number
  readonly violations: string[]
}

/** Keeps the count. Nothing is decided here but by the two sentences of the promise. */
export function judge(): { tally: Tally; take(check: Check): void } {
  const tally: Tally = { checks: 0, accepted: 0, refused: 0, acceptedAfterConfirmed: 0, goodRefused: 0, violations: [] }
  const violation = (text: string): void => {
    if (tally.violations.length < 20) tally.violations.push(text)
  }
  return {
    tally,
    take({ device, service, status, reason, sentAt, cameAt }) {
      tally.checks += 1
      if (status === 200) {
        tally.accepted += 1
        // A request that began after the confirmed answer was accepted: the promise is broken.
        if (device.confirmedAt !== undefined && sentAt > device.confirmedAt) {
          tally.acceptedAfterConfirmed += 1
          violation(`${service} accepted ${(sentAt - device.confirmedAt).toFixed(1)} ms after ${device.kind} was confirmed`)
        }
        return
      }
      tally.refused += 1
      // Nobody had begun to end it when the refusal came, and it had not expired: somebody good was kept out.
      const isGood = device.endingSince === undefined || cameAt < device.endingSince
      if (isGood && Date.now() < device.expiresAt - 2000) {
        tally.goodRefused += 1
        violation(`${service} refused a good token (${status} ${reason})`)
      }
    },
  }
}
