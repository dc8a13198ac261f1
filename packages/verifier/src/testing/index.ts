export { makeTestClock, type TestClock } from './test-clock.ts'
export { makeTestIssuer, type TestIssuer, type TestIssuerOptions } from './test-issuer.ts'
