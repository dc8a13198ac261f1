import { entryAt } from '../src/store/rows.ts'
import type { Chance } from './chance.ts'
import type { Issuer } from './issuer.ts'
import type { Knowledge } from './knowledge.ts'
import { keyOf } from './postgres/tables.ts'
import type { Transaction } from './postgres/transaction.ts'

/** Many nodes as one issuer: all are started; one of them is stopped, crashes, or is named, by chance. */
export function oneOfNodes(nodes: readonly Issuer[], chance: Chance): Issuer {
  const up = (): Issuer => {
    const those = nodes.filter((node) => node.isUp())
    return those.length > 0 ? chance.one(those) : nodes[0]!
  }
  const any = (): Issuer => nodes.find((node) => node.isUp()) ?? nodes[0]!
  return {
    machine: nodes[0]!.machine,
    async start() {
      await Promise.all(nodes.map((node) => (node.isUp() || node.process() ? undefined : node.start())))
    },
    stop: () => up().stop(),
    crash: () => up().crash(),
    abandon() {
      for (const node of nodes) node.abandon()
    },
    isUp: () => nodes.some((node) => node.isUp()),
    process: () => any().process(),
    services: () => any().services(),
  }
}

/** What a commit in the database tells the simulator: births and entries, at the moment from which everybody sees them. */
export function noteCommit(knowledge: Knowledge, at: number, { writes }: Transaction): void {
  const redeemed = [...(writes.get('codes')?.values() ?? [])].find((code) => code !== undefined && code.gid !== null)
  for (const [hash, code] of writes.get('codes') ?? []) if (code) knowledge.coded(at, hash)
  for (const session of writes.get('sessions')?.values() ?? []) if (session) knowledge.opened(at, textOf(session.sid))
  for (const grant of writes.get('grants')?.values() ?? []) {
    if (grant)
      knowledge.granted(at, { gid: textOf(grant.gid), sid: textOf(grant.sid), ...(redeemed ? { code: keyOf(redeemed.hash) } : {}) })
  }
  const lines = [...(writes.get('ledger')?.values() ?? [])].filter((line) => line !== undefined)
  lines.sort((one, other) => Number(one.seq) - Number(other.seq))
  knowledge.entered(
    at,
    lines.map((line) => entryAt([line.seq, line.sort, line.what, line.id, line.until])),
  )
}

function textOf(bytes: unknown): string {
  return Buffer.from(bytes as Uint8Array).toString('base64url')
}
