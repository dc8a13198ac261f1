/** CI runs everything at its full length; a person's `npm test` a short form of the same. */
export const isFull: boolean = process.env.CURFEW_FULL === '1'
