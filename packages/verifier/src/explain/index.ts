export { tokenFacts } from './explain.ts'
export { leaseWords, lengthWords } from './length-words.ts'
export { type ReasonWords, reasonWords } from './reason-words.ts'
export { tokenHint } from './token-hint.ts'
