import { later, type Seconds } from '../domain/instant.ts'
import type { Subject } from '../domain/names.ts'
import { hashSecret } from './hash-secret.ts'
import type { Services } from './needs.ts'

/** A list of devices may lie open for half a day; what it does is looked at anew when it is sent. */
const lifetime: Seconds = 43_200

type Needs = Pick<Services, 'sealer' | 'world'>

/**
 * The synchronizer token of the account page (contract §6, BF-4), bound to the browser and to whom the page was shown: one that lay open in a tab
 * while somebody else signed in does nothing to them, and nobody can make one for a user whom they are not. `whose` undefined: the sign-in itself.
 */
export function sealAccountForm(browser: string, whose: Subject | undefined, { sealer, world }: Needs): string {
  return sealer.seal('account', { browser: hashSecret(browser), whose: whose ?? '' }, later(world.wall(), lifetime))
}

/** Whether a form is one of ours, sent by the browser that got it, about the user who is signed in there now. */
export function openAccountForm(
  sealed: string | undefined,
  browser: string | undefined,
  whose: Subject | undefined,
  { sealer, world }: Needs,
): 'own' | 'expired' | 'foreign' {
  if (sealed === undefined || browser === undefined || sealed.length > 2048) return 'foreign'
  const open = sealer.open('account', sealed, world.wall())
  const value = open ?? sealer.open('account', sealed, 0)
  if (!value || value.browser !== hashSecret(browser) || value.whose !== (whose ?? '')) return 'foreign'
  return open ? 'own' : 'expired'
}
