import type { Explained } from '../judge.ts'

/** Mutations of the issuer's domain that no test notices, each with its reason. */
export const domain: readonly Explained[] = []
