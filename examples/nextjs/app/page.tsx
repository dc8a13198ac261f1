import { signedIn } from '../lib/signed-in'
import { Door } from './door'

export default async function Home() {
  const auth = await signedIn()
  return <Door user={auth && { sub: auth.sub }} />
}
