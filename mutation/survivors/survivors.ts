import type { Explained } from '../judge.ts'
import { domain } from './domain.ts'
import { verifier } from './verifier.ts'

/** The explained survivors of each part. */
export const survivors: Readonly<Record<string, readonly Explained[]>> = { verifier, domain }
