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
}
