import { describe, test } from 'node:test'
import type { Case, Need, OpenStore } from './contract/case.ts'
import { consentCases } from './contract/consents.ts'
import { endingCases } from './contract/endings.ts'
import { identityCases } from './contract/identities.ts'
import { leaseCases } from './contract/leases.ts'
import { ledgerCases } from './contract/ledger.ts'
import { limitCases } from './contract/limits.ts'
import { nodeCases } from './contract/nodes.ts'
import { peopleCases } from './contract/people.ts'
import { pruneCases } from './contract/pruning.ts'
import { raceCases } from './contract/races.ts'
import { restartCases } from './contract/restarts.ts'
import { restoreCases } from './contract/restoring.ts'
import { sessionCases } from './contract/sessions.ts'

export type { Case, Need, OpenStore } from './contract/case.ts'

/** Everything that an adapter must do, case by case, each on a store of its own. */
export const contractCases: readonly Case[] = [
  ...identityCases,
  ...peopleCases,
  ...sessionCases,
  ...endingCases,
  ...consentCases,
  ...raceCases,
  ...nodeCases,
  ...ledgerCases,
  ...leaseCases,
  ...restartCases,
  ...restoreCases,
  ...pruneCases,
  ...limitCases,
]

/**
 * The contract of a store: `open` gives a fresh, empty one, to which `can` be done what some cases need. One process with one file is stopped and
 * opened again; many processes on one database are not, but there is another `node`. Fifty at once, where it races: two do not show a missing lock.
 */
export function storeContract(name: string, open: () => Promise<OpenStore>, can: readonly Need[] = ['reopen', 'advance']): void {
  describe(name, () => {
    for (const each of contractCases) {
      if (each.needs?.some((need) => !can.includes(need))) continue
      test(each.name, async () => {
        const opened = await open()
        try {
          await each.run(opened)
        } finally {
          await opened.close()
        }
      })
    }
  })
}
