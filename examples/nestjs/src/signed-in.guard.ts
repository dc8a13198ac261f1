import { inspect } from 'node:util'
import { type CanActivate, createParamDecorator, type ExecutionContext, HttpException, Logger, mixin, type Type } from '@nestjs/common'
import type { Protected, ProtectOptions } from 'curfew'
import { curfew } from './curfew.js'

const log = new Logger('Curfew')

/** `@UseGuards(SignedIn({ scope: 'orders:read' }))`: by Bearer token, or by the cookies of your own pages. */
export function SignedIn(needed: ProtectOptions = {}): Type<CanActivate> {
  const protect = curfew.protect(needed)
  class SignedInGuard implements CanActivate {
    async canActivate(context: ExecutionContext): Promise<boolean> {
      const http = context.switchToHttp()
      const refusal = await new Promise((resolve) => protect(http.getRequest(), http.getResponse(), resolve))
      if (refusal) throw toHttp(refusal)
      return true
    }
  }
  return mixin(SignedInGuard)
}

/** What Nest answers with as it is; other errors it logs as failures. Their headers are on the answer already. */
function toHttp(refusal: unknown): unknown {
  const { status, code, message } = refusal as { status?: unknown; code?: string; message?: string }
  if (typeof status !== 'number') return refusal
  log.debug(inspect(refusal)) // one line with the reason, which callers are not told
  return new HttpException({ error: code, error_description: message }, status, { cause: refusal })
}

/** `@Auth() auth: Protected['auth']`: the claims of whoever was let in. */
export const Auth = createParamDecorator((_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<Protected>().auth)
