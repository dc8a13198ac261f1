import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { protect as protectAtService } from '@curfew/verifier/fetch'
import type { Protected } from '../../src/index.ts'
import { browser, call, newName } from '../endpoints/calling.ts'
import { open, password } from '../endpoints/running.ts'

const running = await open()
after(() => running.close())
const { curfew, issuer, lines } = running

/** What the types of Next.js demand of a route's exports. */
type NextRequest = Request & { readonly nextUrl: URL }
type Route<Params> = (request: NextRequest, context: { params: Promise<Params> }) => Promise<Response | undefined> | Response | undefined

const byId = (_request: Request, { auth, params }: Protected & { params: Promise<{ id: string }> }) =>
  params.then(({ id }) => Response.json({ id, sub: auth.sub }))

test('what protect().fetch makes is a route of Next.js, with and without params; who asks is still said beside them', async () => {
  const plain: Route<Record<never, never>> = curfew.protect().fetch(() => Response.json([]))
  const one = curfew.protect().fetch(byId)
  const dynamic: Route<{ id: string }> = one
  const asked: Route<{ id: string }> = curfew
    .protect()
    .fetch((request: NextRequest, { params }: Protected & { params: Promise<{ id: string }> }) => Response.json([request.nextUrl, params]))
  const service = protectAtService({ verifier: curfew.verifier() })
  const atService: Route<{ id: string }> = service(async (_request, { params }: { params: Promise<{ id: string }> }) =>
    Response.json(await params),
  )
  const plainAtService: Route<{ id: string }> = service(() => Response.json([]))
  // @ts-expect-error: a route with other params than its handler's is refused by the compiler
  const other: Route<{ slug: string }> = one
  // @ts-expect-error: and a handler that asks for params gets some
  const none = () => one(new Request(issuer))
  for (const made of [plain, dynamic, asked, atService, plainAtService, other, none]) assert.equal(typeof made, 'function')

  const ada = await call(issuer, 'POST', '/sign-up', { identifier: newName(), password, mode: 'token' })
  const headers = { authorization: `Bearer ${ada.body.access_token}` }
  const context = { params: Promise.resolve({ id: '7' }), peer: { address: '192.0.2.1' } }
  const found = (await (await one(new Request(issuer, { headers }), context)).json()) as { id: string; sub: string }
  assert.equal(found.id, '7')
  assert.ok(found.sub)
  const request = Object.assign(new Request(issuer, { headers }), { nextUrl: new URL(issuer) })
  assert.deepEqual(await (await atService(request, context))!.json(), { id: '7' })
})

test('an answer to whoever came with cookies is for them alone, unless the application says otherwise; a refusal always', async () => {
  const page = browser(issuer)
  await page.call('POST', '/sign-up', { identifier: newName(), password })
  const cookie = [...page.jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const cached = async (handler: () => Response, headers: Record<string, string>) => {
    const answer = await curfew.protect().fetch(handler)(new Request(issuer, { headers }))
    return [answer.status, answer.headers.get('cache-control')]
  }
  const own = () => new Response('', { headers: { 'cache-control': 'private, max-age=60' } })
  assert.deepEqual(await cached(() => new Response(), { cookie }), [200, 'private, no-store'])
  assert.deepEqual(await cached(own, { cookie }), [200, 'private, max-age=60'])
  assert.deepEqual(await cached(own, {}), [401, 'private, no-store'])
  const session = cookie
    .split('; ')
    .filter((one) => !one.startsWith('curfew-at='))
    .join('; ')
  const pub = () => new Response('', { headers: { 'cache-control': 'public, max-age=60' } })
  assert.deepEqual(await cached(pub, { cookie: session }), [200, 'private, no-store'], 'the answer brings a new token')
  const ada = await call(issuer, 'POST', '/sign-up', { identifier: newName(), password, mode: 'token' })
  assert.deepEqual(await cached(() => new Response(), { authorization: `Bearer ${ada.body.access_token}` }), [200, null])
})

test('LO-1, LO-3: a refusal that no error handler hears of is logged, and nothing that its caller chose, with its reason and the request id of the answer', async () => {
  const look = async (headers: Record<string, string>, method = 'GET') => {
    const answer = await curfew.protect().fetch(() => new Response())(new Request(`${issuer}/secret?token=x`, { method, headers }))
    return (await answer.json()) as { error: string; request_id: string }
  }
  const nobody = await look({})
  assert.equal(nobody.error, 'invalid_token')
  assert.deepEqual(
    lines.find(({ request_id }) => request_id === nobody.request_id),
    {
      level: 'info',
      msg: 'request refused',
      event: 'guard',
      method: 'GET',
      status: 401,
      request_id: nobody.request_id,
      error: 'invalid_token',
      reason: 'no_token',
    },
  )
  const forged = await look({ cookie: `curfew=${'x'.repeat(43)}` }, 'BREW')
  const line = lines.find(({ request_id }) => request_id === forged.request_id)
  assert.deepEqual([line?.method, line?.status, forged.error], ['OTHER', 403, 'csrf'])
  assert.match(nobody.request_id, /^[\w-]{12}$/)
})
