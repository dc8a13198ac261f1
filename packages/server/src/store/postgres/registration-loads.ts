import { hashBytes } from '../blob.ts'
import { arrivalsOf, clientAt, clientColumns, serviceAt, serviceColumns } from '../rows.ts'
import { byNth, type LoadOf, lock, soughtText } from './load-of.ts'

/** A client. */
export const client: LoadOf<'client'> = {
  statements: (loads) => [
    {
      text: `SELECT q.nth, ${clientColumns} FROM unnest($1::text[]) WITH ORDINALITY AS q(id, nth) JOIN curfew.clients c ON c.id = q.id
         ORDER BY c.id ${lock} OF c`,
      values: [loads.map(({ id }) => soughtText(id))],
    },
  ],
  held: ([rows], loads, _at, issuer) => {
    const found = byNth(rows)
    return loads.map((_, nth) => ({ client: clientAt(found.get(nth) ?? [], 1), issuer }))
  },
}

/** A service, and those that share its audience. */
export const service: LoadOf<'service'> = {
  statements: (loads) => {
    const ids = loads.map(({ id }) => soughtText(id))
    return [
      { text: `SELECT FROM curfew.services s WHERE s.id = ANY($1::text[]) ORDER BY s.id ${lock}`, values: [ids] },
      {
        text: `SELECT q.nth, q.id = s.id, ${serviceColumns.replaceAll(/\w+/g, 's.$&')} FROM unnest($1::text[]) WITH ORDINALITY AS q(id, nth)
           JOIN curfew.services o ON o.id = q.id JOIN curfew.services s ON s.audience = o.audience ORDER BY s.id`,
        values: [ids],
      },
    ]
  },
  held: ([, rows], loads) => {
    const all = rows?.rows ?? []
    return loads.map((_, nth) => {
      const group = all.filter(([at]) => at === nth + 1)
      const own = group.find(([, isOwn]) => isOwn === true)
      return {
        service: own && serviceAt(own.slice(2)),
        sharing: group.filter((row) => row !== own).map((row) => serviceAt(row.slice(2))),
      }
    })
  },
}

/**
 * What is counted, by its key. A key that is not there is put there: nothing else keeps two apart that count it first. No two loads of a batch
 * have a key in common (keysOf).
 */
export const limits: LoadOf<'limits'> = {
  statements: (loads) => [
    {
      text: `INSERT INTO curfew.limits AS t (key, tat) SELECT q.key, 0 FROM unnest($1::bytea[]) AS q(key) ORDER BY q.key
         ON CONFLICT (key) DO UPDATE SET tat = t.tat RETURNING t.key, t.tat`,
      values: [loads.flatMap(({ keys }) => keys.map(hashBytes))],
    },
  ],
  held: ([rows], loads) => {
    const arrivals = arrivalsOf(rows!.rows)
    return loads.map(() => arrivals)
  },
}

/** The issuer's marks, as they are once the lock is held. */
export const issuer: LoadOf<'issuer'> = {
  statements: () => [{ text: `SELECT i.cut, i.stale FROM curfew.issuer i WHERE i.one ${lock}`, values: [] }],
  held: ([rows], loads) => {
    const [cut, stale] = rows!.rows[0] as readonly [number, number]
    return loads.map(() => ({ issuer: { cut, stale } }))
  },
}
