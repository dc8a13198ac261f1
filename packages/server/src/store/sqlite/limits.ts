import type { Effect } from '../../domain/effect.ts'
import type { Arrivals } from '../../domain/limit.ts'
import type { Hash } from '../../domain/names.ts'
import { hashBytes, soughtHash } from '../blob.ts'
import { arrivalsOf } from '../rows.ts'
import { type Database, prepareReader, prepareWriter } from './database.ts'

type Verb<K extends Effect['do']> = (effect: Extract<Effect, { do: K }>) => void

/** Prepares the read of what is counted. */
export function prepareArrivals(database: Database): (keys: readonly Hash[]) => Arrivals {
  const limit = prepareReader(database, 'SELECT key, tat FROM limits WHERE key = ?')
  return (keys) => arrivalsOf(keys.flatMap((key) => limit.all(soughtHash(key))))
}

/** Prepares the effects that count. */
export function limitVerbs(database: Database): { throttle: Verb<'throttle'>; giveBack: Verb<'giveBack'> } {
  const throttle = prepareWriter(database, 'INSERT INTO limits (key, tat) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET tat = excluded.tat')
  const giveBack = prepareWriter(database, 'UPDATE limits SET tat = tat - ? WHERE key = ?')
  return {
    throttle: ({ key, arrival }) => void throttle(hashBytes(key), arrival),
    giveBack: ({ key, by }) => void giveBack(by, hashBytes(key)), // what is full again is not there any more
  }
}
