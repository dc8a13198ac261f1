import { seeded, shuffled } from './random.ts'

/** One fault of the schedule: what, on whom (a number that the cast takes modulo its size), how long, and how much of it (0 to 1). */
export interface Planned {
  readonly kind: string
  readonly target: number
  /** Milliseconds. */
  readonly lasts: number
  readonly size: number
  /** Milliseconds before it begins, after the one before in its lane. */
  readonly gap: number
}

/** What can go wrong, and where it is planned: faults of one lane come one after the other, those of different lanes at the same time. */
export interface Kind {
  readonly lane: Lane
  /** Milliseconds, at least and at most; in a short run the least. */
  readonly lasts: readonly [number, number]
  /** Alone: no other lane does anything meanwhile. */
  readonly isAlone?: boolean
  readonly isPlanned?: boolean
  /** Only every so many rounds: it takes long, or costs much. */
  readonly everyRounds?: number
  readonly needs?: 'postgres' | 'nodes' | 'faketime' | 'strace' | readonly ('postgres' | 'nodes' | 'faketime' | 'strace')[]
}

/** `verifiers` are two lanes: two of them can be hit at once. */
export type Lane = 'verifiers' | 'people' | 'issuer'

/** All kinds. An outage of everything is shorter than what is surely left of a lease, but for those that say so. */
export const faultKinds: Readonly<Record<string, Kind>> = {
  'verifier killed': { lane: 'verifiers', lasts: [300, 2000] },
  'verifier stopped': { lane: 'verifiers', lasts: [1000, 8000] },
  'verifier restarted': { lane: 'verifiers', lasts: [0, 0] },
  'verifiers move': { lane: 'verifiers', lasts: [0, 0] },
  'verifier: way cut': { lane: 'verifiers', lasts: [500, 2000] },
  'verifier: way silent': { lane: 'verifiers', lasts: [500, 2000] },
  'verifier: way silent for longer than a lease': { lane: 'verifiers', lasts: [7500, 9000], everyRounds: 10 },
  'verifier: way slow': { lane: 'verifiers', lasts: [1500, 5000] },
  'verifier: way lossy': { lane: 'verifiers', lasts: [1500, 5000] },
  'verifier: requests twice': { lane: 'verifiers', lasts: [2000, 5000] },
  'verifier: clock leaps': { lane: 'verifiers', lasts: [1500, 5000], needs: 'faketime' },
  'verifier: clock of another rate': { lane: 'verifiers', lasts: [500, 3000], needs: 'faketime' },
  'people: way cut': { lane: 'people', lasts: [300, 1500] },
  'people: way silent': { lane: 'people', lasts: [500, 2000] },
  'people: way slow': { lane: 'people', lasts: [1500, 5000] },
  'people: way lossy': { lane: 'people', lasts: [1500, 5000] },
  'people: requests twice': { lane: 'people', lasts: [2000, 5000] },
  'node killed': { lane: 'issuer', lasts: [300, 2000] },
  'node stopped': { lane: 'issuer', lasts: [1000, 6000] },
  'node: clock leaps': { lane: 'issuer', lasts: [1500, 4000], needs: 'faketime' },
  'node: clock of another rate': { lane: 'issuer', lasts: [500, 3000], needs: 'faketime' },
  'node: way to the database cut': { lane: 'issuer', lasts: [500, 2000], needs: ['postgres', 'nodes'] },
  'node: way to the database silent': { lane: 'issuer', lasts: [500, 3000], needs: ['postgres', 'nodes'] },
  'node: way to the database slow': { lane: 'issuer', lasts: [1500, 4000], needs: 'postgres' },
  'node: way to the database lossy': { lane: 'issuer', lasts: [1500, 4000], needs: 'postgres' },
  'database restarted (fast)': { lane: 'issuer', lasts: [0, 0], needs: 'postgres' },
  'database restarted (immediate)': { lane: 'issuer', lasts: [0, 0], needs: 'postgres' },
  'database stopped': { lane: 'issuer', lasts: [500, 1500], needs: 'postgres' },
  'database: clock leaps': { lane: 'issuer', lasts: [1500, 4000], needs: ['postgres', 'faketime'] },
  'disk slow': { lane: 'issuer', lasts: [2000, 4000], needs: 'strace' },
  'rolling restart': { lane: 'issuer', lasts: [0, 0], isAlone: true, isPlanned: true, everyRounds: 2 },
  'rolling upgrade': { lane: 'issuer', lasts: [500, 1500], isAlone: true, isPlanned: true, everyRounds: 3, needs: ['postgres', 'nodes'] },
  'database switched': { lane: 'issuer', lasts: [500, 4000], isAlone: true, isPlanned: true, everyRounds: 3, needs: 'postgres' },
  'backup restored': { lane: 'issuer', lasts: [0, 0], isAlone: true, everyRounds: 4, needs: 'postgres' },
}

/** What is to be had. */
export interface Means {
  readonly postgres: boolean
  readonly nodes: boolean
  readonly faketime: boolean
  readonly strace: boolean
}

/** All kinds that can be had with these. */
export function kindsOf(means: Means): string[] {
  return Object.keys(faultKinds).filter((kind) => {
    const { needs = [] } = faultKinds[kind]!
    return (typeof needs === 'string' ? [needs] : needs).every((one) => means[one])
  })
}

/** The schedule that a seed makes, without end: for each lane the faults in their order. In its first round each kind comes once. */
export function schedule(seed: number, means: Means, isShort: boolean): Readonly<Record<string, Iterator<Planned>>> {
  const of = (lane: Lane): string[] => kindsOf(means).filter((kind) => faultKinds[kind]!.lane === lane)
  const verifiers = of('verifiers')
  // The two lanes of verifiers share the first round, so that all kinds come in half of the time.
  const half = (which: number): string[] => verifiers.filter((_, index) => index % 2 === which)
  return {
    'verifiers, one': lane(seeded(seed), verifiers, half(0), isShort),
    'verifiers, other': lane(seeded(seed + 1), verifiers, half(1), isShort),
    people: lane(seeded(seed + 2), of('people'), of('people'), isShort),
    issuer: lane(seeded(seed + 3), of('issuer'), of('issuer'), isShort),
  }
}

function* lane(random: () => number, kinds: readonly string[], first: readonly string[], isShort: boolean): Generator<Planned> {
  for (let round = 0; ; round += 1) {
    const due = (round === 0 ? first : kinds).filter((kind) => round === 0 || round % (faultKinds[kind]!.everyRounds ?? 1) === 0)
    for (const kind of shuffled(due, random)) {
      const [least, longest] = faultKinds[kind]!.lasts
      const [target, size, length, pause] = [random(), random(), random(), random()]
      yield {
        kind,
        target: Math.floor(target * 1000),
        size,
        lasts: Math.round(isShort ? least : least + length * (longest - least)),
        gap: Math.round(isShort ? 100 + pause * 200 : 300 + pause * 1500),
      }
    }
  }
}
