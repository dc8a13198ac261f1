/// <reference types="fastify" preserve="true" />
// Only whoever imports this has Fastify; nothing is loaded, and the verifier itself depends on nothing.
import type { Accepted } from '../verdict.ts'

/** `import '@curfew/verifier/fastify/request'` gives every request of Fastify its `auth` and `verdict`. */
declare module 'fastify' {
  interface FastifyRequest {
    auth?: Accepted['claims']
    verdict?: Accepted
  }
}
