import type { Explained } from '../judge.ts'

/** Mutations of the verifier's checks that no test notices, each with its reason. */
export const verifier: readonly Explained[] = []
