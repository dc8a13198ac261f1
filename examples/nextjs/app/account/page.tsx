import { signedIn } from '../../lib/signed-in'

/** proxy.ts let nobody through who is not signed in. */
export default async function Account() {
  return <h1>Account of {(await signedIn())?.sub}</h1>
}
