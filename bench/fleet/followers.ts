import { setTimeout as wait } from 'node:timers/promises'
import { type Followed, type Follower, leanFollower } from './follower.ts'
import { answerQuestions, ownCpu, readSetup } from './part.ts'

/** What a process of followers is told. */
export interface FollowersSetup {
  readonly ports: readonly number[]
  /** Basic credentials of the services, in turn. */
  readonly authorizations: readonly string[]
}

/** What it answers with. */
export interface FollowersState extends Followed {
  readonly size: number
  readonly leased: number
  readonly cpu: number
}

/** So many at a time begin: a fleet does not start in one millisecond. */
const atOnce = 100

/** Many followers in one process, spread over the nodes. Asked for a size it grows to it. */
const { ports, authorizations } = readSetup<FollowersSetup>()
const counts: Followed = { requests: 0, spares: 0, used: 0, withEntries: 0, entries: 0, lapses: 0, failures: 0 }
const fleet: Follower[] = []
setInterval(() => {
  const now = performance.now()
  for (const follower of fleet) follower.look(now)
}, 20)

answerQuestions<{ size?: number }>({}, async ({ size }): Promise<FollowersState> => {
  while (size !== undefined && fleet.length < size) {
    for (let begun = 0; begun < atOnce && fleet.length < size; begun++) {
      const nth = fleet.length
      const follower = leanFollower(
        { port: ports[nth % ports.length]!, authorization: authorizations[nth % authorizations.length]! },
        counts,
      )
      fleet.push(follower)
      follower.start()
    }
    while (fleet.some(({ hasLease }) => !hasLease)) await wait(20)
  }
  return { ...counts, size: fleet.length, leased: fleet.filter(({ hasLease }) => hasLease).length, cpu: ownCpu() }
})
