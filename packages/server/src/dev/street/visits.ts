import type { World } from '../../world.ts'
import type { Fleet } from './fleet.ts'
import { makeVisit, type Visit } from './visit.ts'

/** The streets of all browsers, by cookie. */
export type Visits = {
  find(cookie: string | undefined): Visit | undefined
  open(): { cookie: string; visit: Visit }
  /** A new value for the same street: after a sign-in, nobody who knew the old one is let in. */
  rename(visit: Visit): string
}

const most = 100

/** Makes the list. When it is full, the street that was used longest ago goes. */
export function makeVisits(fleet: Fleet, here: string, world: Pick<World, 'monotonic' | 'after' | 'random'>): Visits {
  const visits = new Map<string, Visit>()

  function put(visit: Visit): string {
    const cookie = Buffer.from(world.random(32)).toString('base64url')
    visits.set(cookie, visit)
    const [oldest] = visits.keys()
    if (visits.size > most && oldest !== undefined) visits.delete(oldest)
    return cookie
  }

  return {
    find(cookie) {
      const visit = cookie === undefined ? undefined : visits.get(cookie)
      if (visit && cookie !== undefined) {
        visits.delete(cookie)
        visits.set(cookie, visit)
      }
      return visit
    },
    open() {
      const visit = makeVisit(fleet, here, world)
      return { cookie: put(visit), visit }
    },
    rename(visit) {
      for (const [cookie, known] of visits) if (known === visit) visits.delete(cookie)
      return put(visit)
    },
  }
}
