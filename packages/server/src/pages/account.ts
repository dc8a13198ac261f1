import type { HttpAnswer } from '../http/answer.ts'
import type { HttpRequest } from '../http/request.ts'
import type { Services } from '../use-cases/needs.ts'
import { viewAccount } from '../use-cases/view-account.ts'
import { ownerOf } from './account-owner.ts'
import { accountPage } from './account-page.ts'
import { accountSignIn } from './account-sign-in.ts'

/** GET /account: where am I signed in? Nobody: the sign-in page, which leads back here. SS-3; contract §6. */
export async function account(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const owner = await ownerOf(request, services)
  return owner ? accountPage(owner, await viewAccount(owner.user.sub, services), request, services) : accountSignIn(request, services)
}
