import type { Effect, Verdict } from '../../src/domain/effect.ts'
import type { Position } from '../../src/domain/position.ts'
import type { Held, Ledger, Load, Store } from '../../src/store/store.ts'

type Update = Store['update']

/** Loads in one transaction, decides and stores in another. */
export function decidesOnAStaleLoad(store: Store): Store {
  const update: Update = async (load, decide) => {
    let seen: { held: Held[Load['kind']] } | undefined
    await store.update(load, (held) => {
      seen = { held }
      return { outcome: 'looked' }
    })
    return store.update(load, (_held, at) => decide(seen?.held as never, at))
  }
  return { ...store, update }
}

/** All that come in one turn share one fate. */
export function refusesTogether(store: Store): Store {
  let fate: Promise<unknown> = Promise.resolve()
  const update: Update = async (load, decide) => {
    const mine = store.update(load, decide)
    const before = fate
    fate = Promise.allSettled([before, mine]).then((both) => {
      for (const one of both) if (one.status === 'rejected') throw one.reason
    })
    fate.catch(() => {})
    const stored = await mine
    await fate
    return stored
  }
  return { ...store, update }
}

/** The position is the ledger's head when it is used, not when the work began. */
export function positionsLate(store: Store): Store {
  let head = 0
  const update: Update = async (load, decide) => {
    const stored = await store.update(load, decide)
    head = stored.entries.at(-1)?.seq ?? head
    return stored
  }
  const begin: Store['begin'] = async (query) => {
    const begun = await store.begin(query)
    return {
      ...begun,
      get position() {
        return head as Position
      },
    }
  }
  return { ...store, update, begin }
}

/** A birth is at the head of the transaction that stores it. */
export function bornAtHead(store: Store): Store {
  return changingEffects(store, (effect, head) =>
    'position' in effect && effect.position !== 'thisCut' ? { ...effect, position: head as Position } : effect,
  )
}

/** Any number is taken for a position. */
export function anyPosition(store: Store): Store {
  return changingEffects(store, (effect, head) =>
    'position' in effect && effect.position !== 'thisCut' ? { ...effect, position: Math.min(effect.position, head) as Position } : effect,
  )
}

function changingEffects(store: Store, change: (effect: Effect, head: number) => Effect): Store {
  const update: Update = (load, decide) =>
    store.update(load, (held, at) => {
      const verdict = decide(held, at)
      const effects = verdict.effects?.map((effect) => change(effect, at.head))
      return (effects ? { ...verdict, effects } : verdict) as typeof verdict & Verdict
    })
  return { ...store, update }
}

/** Whoever committed last is answered first. */
export function answersBackwards(store: Store): Store {
  let waiting: (() => void)[] = []
  const update: Update = async (load, decide) => {
    const stored = await store.update(load, decide)
    if (stored.entries.length === 0) return stored
    await new Promise<void>((resolve) => {
      waiting.push(resolve)
      if (waiting.length > 1) return
      setImmediate(() => {
        for (const wake of waiting.reverse()) wake()
        waiting = []
      })
    })
    return stored
  }
  return { ...store, update }
}

/** F1 without `least`. */
export function withoutLeast(store: Store): Store {
  const claimed = new Map<string, number>()
  return withLedger(store, (ledger) => ({
    beat(rows) {
      for (const { id, after } of rows) claimed.set(id, Math.max(after, claimed.get(id) ?? 0))
      return ledger.beat(rows)
    },
    async waitingFor(seq) {
      const waiting = await ledger.waitingFor(seq)
      return { ...waiting, rows: waiting.rows.filter(({ id }) => (claimed.get(id) ?? 0) < seq) }
    },
  }))
}

/** Each row begins at 1 again. */
export function beatsOfOne(store: Store): Store {
  return withLedger(store, (ledger) => ({
    async rows() {
      const all = await ledger.rows()
      return { ...all, rows: all.rows.map((row) => ({ ...row, beat: 1 })) }
    },
  }))
}

/** S2 without its rows. */
export function waitsForNobody(store: Store): Store {
  return withLedger(store, (ledger) => ({ waitingFor: async (seq) => ({ ...(await ledger.waitingFor(seq)), rows: [] }) }))
}

/** L4 without the beat's condition. */
export function forgetsBlindly(store: Store): Store {
  return withLedger(store, (ledger) => ({
    async forget(row) {
      const { rows } = await ledger.rows()
      const present = rows.find(({ service, id }) => service === row.service && id === row.id)
      if (present) await ledger.forget(present)
    },
  }))
}

/** Tells of an entry when it is decided, not when it is stored. */
export function wakesEarly(store: Store): Store {
  const listeners = new Set<(what: 'entry' | 'acknowledged') => void>()
  const early = withLedger(store, (ledger) => ({
    onChange(wake) {
      listeners.add(wake)
      const stop = ledger.onChange((what) => {
        if (what === 'acknowledged') wake(what)
      })
      return () => {
        listeners.delete(wake)
        stop()
      }
    },
  }))
  const update: Update = (load, decide) => {
    const stored = store.update(load, decide)
    for (const wake of listeners) {
      try {
        wake('entry')
      } catch {
        // As the store does: a listener that fails stops nobody.
      }
    }
    return stored
  }
  return { ...early, update }
}

function withLedger(store: Store, change: (ledger: Ledger) => Partial<Ledger>): Store {
  return { ...store, ledger: { ...store.ledger, ...change(store.ledger) } }
}
