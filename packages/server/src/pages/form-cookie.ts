import { readCookie, setCookie } from '../http/cookies.ts'
import type { HttpRequest } from '../http/request.ts'
import type { Services } from '../use-cases/needs.ts'
import { randomSecret } from '../use-cases/random-id.ts'

type Needs = Pick<Services, 'settings' | 'world'>

/** The cookie that pages are sealed to: there before anybody signs in, random, and worth nothing by itself. */
export function readFormCookie(request: Pick<HttpRequest, 'headers'>, { settings }: Needs): string | undefined {
  const value = readCookie(request, 'form', settings)
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined
}

/** The same, made where it is missing; `cookies` are the lines of the answer. One that is there stays: other tabs rest on it. */
export function formCookie(
  request: Pick<HttpRequest, 'headers'>,
  needs: Needs,
): { readonly value: string; readonly cookies: readonly string[] } {
  const known = readFormCookie(request, needs)
  if (known !== undefined) return { value: known, cookies: [] }
  const value = randomSecret(needs.world)
  return { value, cookies: [setCookie('form', value, needs.settings)] }
}
