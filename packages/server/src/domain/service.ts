import type { Hash, ServiceId } from './names.ts'

/** A resource server as registered (contract §2). */
export interface Service {
  readonly id: ServiceId
  readonly secret?: Hash
  readonly audience: string
  readonly checks: 'follow' | 'introspect' | 'none'
  /** Whether end users and clients see its name in receipts. */
  readonly public: boolean
  /** Verifier processes at a time (F7). */
  readonly maxRows: number
  /** No lease begins any more (F7). */
  readonly refused: boolean
  readonly from: 'config' | 'cli'
}
