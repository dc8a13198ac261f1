import { headers } from 'next/headers'
import { session } from '../lib/curfew'
import { Door } from './door'

export default async function Home() {
  const user = await session(await headers())
  return <Door user={user ?? undefined} />
}
