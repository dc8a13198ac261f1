import type { HttpAnswer } from '../http/answer.ts'
import type { Ended } from '../use-cases/end.ts'
import type { Services } from '../use-cases/needs.ts'
import { pageAnswer } from './page-answer.ts'
import type { PageFrame } from './views/layout.ts'
import type { ReceiptFacts } from './views/receipt-sentences.ts'
import { type ServiceOutcome, type SignedOutView, signedOutView } from './views/signed-out-view.ts'

/** What the page after a sign-out is about. */
export interface SignedOut {
  /** Undefined: there was nobody to sign out. */
  readonly ended?: Pick<Ended, 'confirmed'>
  readonly everywhere?: boolean
  /** False: it was asked for with an ID token alone, by the client itself perhaps, which hears nothing of other clients (S4). */
  readonly isTheirs?: boolean
  /** Where the client wants the person; a link where it is not gone to at once. */
  readonly back?: string | undefined
  /** Where the person can sign in again. */
  readonly signInHref?: string
}

/** The page after a sign-out: what the receipt says, as far as a person may see it (S4). */
export function signedOutPage(
  { ended, everywhere = false, isTheirs = true, back, signInHref }: SignedOut,
  services: Pick<Services, 'settings' | 'world'>,
  answer: { readonly headers: Readonly<Record<string, string>>; readonly cookies: readonly string[] },
): HttpAnswer {
  const away = {
    ...(back === undefined ? {} : { continueHref: back, continueHost: new URL(back).host || 'the application' }),
    ...(signInHref === undefined ? {} : { signInHref }),
  }
  const view = ended
    ? { ...receiptView(ended, isTheirs, services), everywhere }
    : { outcome: 'nobody' as const, services: [], uncovered: [], kept: [] }
  return pageAnswer({ lit: false, ...answer }, services, (frame) => signedOutView({ ...frame, ...view, ...away }))
}

/** What the receipt of an ending shows to a person. */
export function receiptView(
  { confirmed }: Pick<Ended, 'confirmed'>,
  isTheirs: boolean,
  { settings }: Pick<Services, 'settings'>,
): Omit<SignedOutView, keyof PageFrame | 'outcome'> & Pick<ReceiptFacts, 'outcome'> {
  const { shown: receipt, outcome, tookMs, latestInMs } = confirmed
  return {
    outcome,
    ...(tookMs === undefined ? {} : { tookMs }),
    ...(latestInMs === undefined ? {} : { latestInMs }),
    services: receipt.verifiers.flatMap(({ name, acknowledged, lease_over, waiting, slowest_ms: ms }): ServiceOutcome[] => {
      if (name === undefined) return []
      const state = waiting > 0 ? 'waiting' : lease_over > 0 ? 'lease_over' : acknowledged > 0 ? 'acknowledged' : 'gone'
      return [{ name, state, ...(ms === undefined || state !== 'acknowledged' ? {} : { ms }) }]
    }),
    uncovered: receipt.uncovered.map(({ aud, until }) => ({ aud, until: until * 1000 })),
    kept: isTheirs ? receipt.kept : [],
    receipt: { seq: receipt.seq, at: receipt.committed_at * 1000 },
    ...(outcome === 'pending' && isTheirs ? { againHref: `${settings.basePath}/receipts/${confirmed.id}` } : {}),
  }
}
