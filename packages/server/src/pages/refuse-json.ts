import { OAuthError } from '../errors.ts'
import { isJson } from '../http/body.ts'
import type { HttpRequest } from '../http/request.ts'
import type { Services } from '../use-cases/needs.ts'

/** A program that found the address of a page is told where its own is. */
export function refuseJson(request: HttpRequest, { settings }: Pick<Services, 'settings'>, instead: string): void {
  if (!isJson(request)) return
  throw new OAuthError('unsupported_media_type', 'json_to_page', {
    description: `A page's form is posted here. For JSON there is POST ${settings.basePath}${instead}.`,
  })
}
