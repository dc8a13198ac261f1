import { headers } from 'next/headers'
import { session } from '../../lib/curfew'

/** proxy.ts let nobody through who is not signed in. */
export default async function Account() {
  const user = await session(await headers())
  return (
    <h1>
      Account of {user?.name} ({user?.sub})
    </h1>
  )
}
