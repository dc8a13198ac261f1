import { OAuthError, oauthErrors } from '../errors.ts'
import type { HttpAnswer } from '../http/answer.ts'
import type { Surroundings } from '../http/router.ts'
import { pageAnswer } from './page-answer.ts'
import { type ErrorView, errorView, errorWords } from './views/error-view.ts'

/** What a person is told, and why, for the people who run the application. */
export type Told = Pick<ErrorView, 'title' | 'what' | 'todo' | 'code' | 'reason' | 'client' | 'next'>

/** Shows a refusal to a person. */
export function errorPage(status: number, told: Told, id: string, around: Surroundings, cookies: readonly string[] = []): HttpAnswer {
  return pageAnswer({ status, lit: false, cookies }, around, (frame) =>
    errorView({ ...frame, ...told, requestId: id, at: around.world.wall() }),
  )
}

/** What the edge calls for whatever a page's endpoint throws. The reason stays in the log; the code and its sentence are shown. */
export function problemPage(error: unknown, id: string, around: Surroundings): HttpAnswer {
  if (!(error instanceof OAuthError)) return errorPage(500, { ...errorWords.unexpected, code: 'server_error' }, id, around)
  const { code, description } = error
  const words = code === 'csrf' ? errorWords.wrongForm : code === 'temporarily_unavailable' ? errorWords.away : errorWords.badRequest
  const { headers, ...answer } = errorPage(
    oauthErrors[code].status,
    { ...words, code, ...(description && { reason: description }) },
    id,
    around,
  )
  return { ...answer, headers: { ...error.headers, ...headers } }
}
