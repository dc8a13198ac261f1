export { realWorld } from '../real-world.ts'
export { type TestWorld, testWorld } from './fixed-clock.ts'
export { type OpenStore, storeContract } from './store-contract.ts'
