import { curfew } from '../../../lib/curfew'

const handle = (request: Request) => curfew().fetch(request)

export { handle as DELETE, handle as GET, handle as HEAD, handle as OPTIONS, handle as PATCH, handle as POST, handle as PUT }
