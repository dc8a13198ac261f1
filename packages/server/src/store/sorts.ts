/**
 * V9: the sorts of entries that this version knows. `ledger_state.version` is raised in the transaction of a sort's first entry, when every
 * node knows it. Whoever meets a higher number serves no more: what it does not know may have ended what it would let in.
 */
export const knownSorts = 1

/** For whoever is older than its database. */
export function olderThanLedger(version: number): string {
  return `The ledger has entries of a newer kind (${version}) than this version of Curfew knows (${knownSorts}). Update Curfew on this node.`
}

/** For a node of a version that the database's form has left behind. */
export function olderThanForm(version: number, known: number): string {
  return `The database has form ${version}, which this version of Curfew does not know any more (it knows ${known}). Use the newer version.`
}
