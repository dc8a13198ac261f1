import type { Protected } from 'curfew'
import { curfew } from '../../../lib/curfew'

const list = (_request: Request, { auth }: Protected) => Response.json({ for: auth.sub, orders: [] })
const add = async (request: Request) => Response.json(await request.json(), { status: 201 })

// By Bearer token, or by the cookies of your own pages.
export const GET = (request: Request) => curfew().protect({ scope: 'orders:read' }).fetch(list)(request)
export const POST = (request: Request) => curfew().protect({ scope: 'orders:read' }).fetch(add)(request)
