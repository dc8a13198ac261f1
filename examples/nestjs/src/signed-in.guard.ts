import { type CanActivate, createParamDecorator, type ExecutionContext, mixin, type Type } from '@nestjs/common'
import type { Protected, ProtectOptions } from 'curfew'
import { curfew } from './curfew.js'

/** `@UseGuards(SignedIn({ scope: 'orders:read' }))`: by Bearer token, or by the cookies of your own pages. */
export function SignedIn(needed: ProtectOptions = {}): Type<CanActivate> {
  const protect = curfew.protect(needed)
  class SignedInGuard implements CanActivate {
    canActivate(context: ExecutionContext): Promise<boolean> {
      const http = context.switchToHttp()
      return new Promise((resolve, reject) =>
        // Nest answers with the refusal's own status; its headers are on the answer already.
        protect(http.getRequest(), http.getResponse(), (refusal) => (refusal ? reject(refusal) : resolve(true))),
      )
    }
  }
  return mixin(SignedInGuard)
}

/** `@Auth() auth: Protected['auth']`: the claims of whoever was let in. */
export const Auth = createParamDecorator((_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<Protected>().auth)
