import type { CurfewOptions } from 'curfew'

/** What the issuer's process is told. */
export interface IssuerSetup {
  readonly port: number
  readonly options: CurfewOptions
}

/** What a service's process is told. */
export interface ServiceSetup {
  readonly port: number
  readonly issuer: string
  readonly audience: string
  readonly key: string
  readonly sabotage?: string | undefined
  /** The address of this machine that the issuer's name leads to, for this process: its own way there. */
  readonly issuerAt?: string | undefined
  /** Milliseconds that it waits for its first lease. */
  readonly patience?: number | undefined
}
