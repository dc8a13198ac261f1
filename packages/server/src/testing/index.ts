export { realWorld } from '../real-world.ts'
export { type TestWorld, testWorld } from './fixed-clock.ts'
export { type Need, type OpenStore, storeContract } from './store-contract.ts'
