export { exportJwk, importJwk, type PublicJwk } from './jwk.ts'
export { type Algorithm, checkJws, isAlgorithm, type JwsHeader, type JwsProblem, signJws, type VerifyingKey } from './jws.ts'
