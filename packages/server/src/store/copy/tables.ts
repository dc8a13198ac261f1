/**
 * What is copied from one database into another, table by table: rows as they are. Whoever adds a table writes it here; a test holds the list
 * against both schemas, and the copy itself refuses a table that it does not know.
 */
export const copiedTables: readonly string[] = [
  ...['services', 'clients', 'keys', 'users', 'sessions', 'grants', 'codes', 'consents', 'links', 'limits', 'receipts', 'ledger'],
]

/** What is written in another way: the one row of the ledger's state, the issuer's marks out of it, and the verifiers with beats of the target's (F1). */
export const writtenTables: readonly string[] = ['ledger_state', 'issuer', 'verifiers']

/** What stays behind: the form that each database has by itself, and who followed yesterday. */
export const leftTables: readonly string[] = ['schema_version', 'verifiers_past']

/** Columns that are called otherwise in SQLite. */
export const namedInSqlite: Readonly<Record<string, string>> = { user_id: 'user' }
