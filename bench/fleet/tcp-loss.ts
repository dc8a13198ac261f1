/** A way between two ends, as TCP over it is modelled. Milliseconds. */
export interface Way {
  readonly oneWay: number
  /** Of segments, either way, 0 to 1. */
  readonly loss: number
  /** The least retransmission time-out: 200 in Linux unless a route says otherwise (ip-route(8), rto_min). */
  readonly rtoMin: number
}

/** What comes out: `at`, and whether a segment was lost on the way. */
interface Sent {
  due: number
  readonly bytes: Buffer
  readonly isLost: boolean
}

/** One direction of one connection: what goes in comes out later, in order. */
export interface Direction {
  /** Gives in what is sent at `now`. */
  send(bytes: Buffer, now: number): void
  /** What has come out by `now`. */
  take(now: number): Buffer[]
  /** When there will be something; undefined: nothing is under way. */
  next(): number | undefined
}

/** Bytes of a segment with timestamps, on Ethernet. */
const segment = 1448

/**
 * What TCP does about a lost segment, as Linux does it:
 *
 * - With later segments of the same flight behind it: their acknowledgements say so (RACK, RFC 8985 §6.2: lost once a later one has arrived and a
 *   quarter of the least RTT has passed), so it arrives one and a quarter RTT late.
 * - The last of several: the tail loss probe, after 2 RTT (RFC 8985 §7.2: PTO = 2 · SRTT).
 * - Alone in flight, as a follow request or its small answer is: RFC 8985 §7.2 adds 200 ms for the other side's delayed acknowledgement, and caps it
 *   by the time-out, which comes first (RFC 6298 §2.4: RTO = SRTT + max(G, 4 · RTTVAR), in Linux with 200 ms in the place of the maximum). Lost
 *   again, it doubles (§5.5).
 *
 * Later bytes wait for earlier ones. If they are sent while one is missing, their acknowledgement finds it out sooner. Acknowledgements that get
 * lost cost nothing here: the next one says the same.
 */
export function direction({ oneWay, loss, rtoMin }: Way, chance: () => number): Direction {
  const rtt = 2 * oneWay
  const queue: Sent[] = []
  const isLost = (): boolean => loss > 0 && chance() < loss

  /** From a time-out on: it may be lost again, and again. */
  const afterTimeouts = (): number => {
    let late = 0
    for (let timeout = rtt + rtoMin; ; timeout *= 2) {
      late += timeout
      if (!isLost()) return late
    }
  }
  /** How late the last segment of these bytes arrives. */
  const lateness = (bytes: number): number => {
    const segments = Math.max(1, Math.ceil(bytes / segment))
    let late = 0
    for (let nth = 1; nth <= segments; nth++) {
      if (!isLost()) continue
      const recovery = segments === 1 ? 0 : nth < segments ? 1.25 * rtt : 2 * rtt
      late = Math.max(late, recovery === 0 || isLost() ? recovery + afterTimeouts() : recovery)
    }
    return late
  }

  return {
    send(bytes, now) {
      const late = lateness(bytes.length)
      const due = now + oneWay + late
      if (late === 0) for (const earlier of queue) if (earlier.isLost) earlier.due = Math.min(earlier.due, due + 1.25 * rtt)
      queue.push({ due, bytes, isLost: late > 0 })
      for (let place = 1; place < queue.length; place++) queue[place]!.due = Math.max(queue[place]!.due, queue[place - 1]!.due)
    },
    take(now) {
      let count = 0
      while (count < queue.length && queue[count]!.due <= now) count++
      return queue.splice(0, count).map(({ bytes }) => bytes)
    },
    next: () => queue[0]?.due,
  }
}
