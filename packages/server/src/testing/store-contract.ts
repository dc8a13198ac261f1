import { describe, test } from 'node:test'
import type { Case, OpenStore } from './contract/case.ts'
import { endingCases } from './contract/endings.ts'
import { identityCases } from './contract/identities.ts'
import { leaseCases } from './contract/leases.ts'
import { ledgerCases } from './contract/ledger.ts'
import { pruneCases } from './contract/pruning.ts'
import { raceCases } from './contract/races.ts'
import { restartCases } from './contract/restarts.ts'
import { sessionCases } from './contract/sessions.ts'

export type { Case, OpenStore } from './contract/case.ts'

/** Everything that an adapter must do, case by case, each on a store of its own. */
export const contractCases: readonly Case[] = [
  ...identityCases,
  ...sessionCases,
  ...endingCases,
  ...raceCases,
  ...ledgerCases,
  ...leaseCases,
  ...restartCases,
  ...pruneCases,
]

/** The contract of a store: `open` gives a fresh, empty one. Fifty at once, where it races: two do not show a missing lock. */
export function storeContract(name: string, open: () => Promise<OpenStore>): void {
  describe(name, () => {
    for (const each of contractCases) {
      test(each.name, async (context) => {
        const opened = await open()
        try {
          const missing = each.needs?.find((need) => opened[need] === undefined)
          if (missing) context.skip(`this adapter has no "${missing}"`)
          else await each.run(opened)
        } finally {
          await opened.close()
        }
      })
    }
  })
}
