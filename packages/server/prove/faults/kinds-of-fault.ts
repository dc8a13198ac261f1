import type { Fault } from './fault.ts'
import { issuerFaults } from './issuer-faults.ts'
import { outages } from './outages.ts'
import { serviceFaults } from './service-faults.ts'

/** What each kind of the schedule does. */
export const everyFault: Readonly<Record<string, Fault>> = { ...serviceFaults, ...issuerFaults, ...outages }
