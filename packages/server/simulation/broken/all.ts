import type { Broken } from '../broken.ts'
import { births } from './births.ts'
import { copy } from './copy.ts'
import { follow } from './follow.ts'
import { nodes } from './nodes.ts'
import { restart } from './restart.ts'
import { signOut } from './sign-out.ts'
import { verifier } from './verifier.ts'

/** Every broken part: one for each rule of protocol.md that says what goes wrong without it. */
export const brokenParts: readonly Broken[] = [...follow, ...signOut, ...restart, ...verifier, ...copy, ...births, ...nodes]
