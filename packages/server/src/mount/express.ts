import type { Settings } from '../domain/settings.ts'
import type { Handle } from '../http/handle.ts'
import { type NodeListener, nodeListener } from '../http/node.ts'

/**
 * A middleware for Express 4 and 5, before or after body parsers. It belongs at the application's root: `/.well-known/…` is there, and
 * `basePath` moves the rest.
 */
export function expressMount(
  handle: Handle,
  { basePath }: Pick<Settings, 'basePath'>,
  warn: (facts: object, message: string) => void,
): NodeListener {
  const listener = nodeListener(handle)
  let isWarned = false
  return (req, res, next) => {
    const { baseUrl } = req as { baseUrl?: string }
    if (baseUrl && !isWarned) {
      isWarned = true
      warn(
        { event: 'mounted_below_root', at: baseUrl, basePath },
        `curfew.express() is mounted at ${baseUrl}: mount it without a path, app.use(curfew.express()), and set basePath: '${baseUrl}'.`,
      )
    }
    listener(req, res, next)
  }
}
