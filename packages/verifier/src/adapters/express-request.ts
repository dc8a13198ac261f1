import type { Accepted } from '../verdict.ts'

/** `import '@curfew/verifier/express/request'` gives every Express `Request` its `auth` and `verdict`. */
declare global {
  namespace Express {
    interface Request {
      auth?: Accepted['claims']
      verdict?: Accepted
    }
  }
}
