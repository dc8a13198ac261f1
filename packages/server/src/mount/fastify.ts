import type { ServerResponse } from 'node:http'
import type { HttpAnswer } from '../http/answer.ts'
import type { Handle } from '../http/handle.ts'
import { fromNode, type NodeRequest } from '../http/node.ts'

type Request = { readonly raw: NodeRequest; readonly ip: string }
type Reply = {
  readonly raw: ServerResponse
  code(status: number): Reply
  header(name: string, value: string): Reply
  send(body?: unknown): Reply
}
type Instance = { addHook(name: 'onRequest', hook: (request: Request, reply: Reply) => Promise<unknown>): unknown }

/** A Fastify plugin: `app.register(curfew.fastify())`. */
export type FastifyPlugin = (instance: Instance, options: unknown, done: () => void) => void

/** Answers what is ours before Fastify looks for a route or reads a body; everything else goes its way. */
export function fastifyMount(handle: Handle, warn: (facts: object, message: string) => void = () => undefined): FastifyPlugin {
  const plugin: FastifyPlugin = (instance, options, done) => {
    const { prefix } = (options ?? {}) as { prefix?: unknown }
    if (prefix)
      warn(
        { event: 'mounted_below_root', at: prefix },
        `app.register(curfew.fastify(), { prefix: '${prefix}' }): the prefix does nothing. Leave it out, and set basePath: '${prefix}'.`,
      )
    instance.addHook('onRequest', async (request, reply) => {
      const answer = await handle(fromNode(request.raw, reply.raw, request.ip))
      return answer && send(answer, reply)
    })
    done()
  }
  // Not shut into a scope of its own: it answers for the whole application.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true, [Symbol.for('fastify.display-name')]: 'curfew' })
}

/** Through Fastify's own reply, so that hooks of the application see it. */
function send(answer: HttpAnswer, reply: Reply): Reply {
  reply.code(answer.status)
  for (const [name, value] of Object.entries(answer.headers)) reply.header(name, value)
  for (const cookie of answer.cookies ?? []) reply.header('set-cookie', cookie)
  return reply.send(answer.body)
}
