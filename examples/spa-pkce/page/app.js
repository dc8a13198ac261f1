// The whole application. Tokens are in this tab's memory only: nothing lies in localStorage for an injected script to find later.
import * as oauth from 'oauth4webapi'
import { issuer } from './settings.js'

const client = { client_id: 'shop' }
const here = `${location.origin}/`
const local = { [oauth.allowInsecureRequests]: issuer.startsWith('http://localhost:') }
const server = await oauth.processDiscoveryResponse(new URL(issuer), await oauth.discoveryRequest(new URL(issuer), local))
let tokens

/** Leaves for the issuer; `prompt: 'none'` comes back at once, also where nobody is signed in. */
async function leave(prompt) {
  const begun = { verifier: oauth.generateRandomCodeVerifier(), state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce() }
  sessionStorage.begun = JSON.stringify(begun)
  const to = new URL(server.authorization_endpoint)
  to.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: here,
    response_type: 'code',
    scope: 'openid profile orders:read',
    code_challenge: await oauth.calculatePKCECodeChallenge(begun.verifier),
    code_challenge_method: 'S256',
    state: begun.state,
    nonce: begun.nonce,
    ...(prompt && { prompt }),
  })
  location.assign(to)
  await new Promise(() => {}) // this page is over
}

/** Back from the issuer: the code for tokens; none where nobody is signed in there. */
async function arrive() {
  const url = new URL(location.href)
  history.replaceState(null, '', here) // a code has no business in the address
  const begun = JSON.parse(sessionStorage.begun ?? '{ "state": "" }')
  delete sessionStorage.begun
  if (url.searchParams.get('error') === 'login_required') return
  const answer = oauth.validateAuthResponse(server, client, url, begun.state) // checks `state`, and `iss` (RFC 9207)
  const response = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), answer, here, begun.verifier, local)
  tokens = await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: begun.nonce, requireIdToken: true })
}

/** Calls the API; an access token that is over is renewed once. Undefined where the session has ended. */
async function orders() {
  for (const isLast of [false, true]) {
    const answer = await fetch(`${issuer}/orders`, { headers: { authorization: `Bearer ${tokens.access_token}` } })
    if (answer.status !== 401) return answer.json()
    if (isLast || !(await renew())) return undefined
  }
}

async function renew() {
  try {
    const response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), tokens.refresh_token, local)
    tokens = { ...tokens, ...(await oauth.processRefreshTokenResponse(server, client, response)) }
    return true
  } catch (error) {
    if (error instanceof oauth.ResponseBodyError) return false // `invalid_grant`: signed out, here or elsewhere
    throw error
  }
}

const [say, list] = document.querySelectorAll('[role=status], ul')
const buttons = { in: () => leave(), look: show, out: signOut }
for (const [id, act] of Object.entries(buttons)) document.getElementById(id).onclick = act

async function show() {
  const found = tokens && (await orders())
  if (!found) tokens = undefined
  say.textContent = found ? 'You are signed in.' : 'Nobody is signed in.'
  list.replaceChildren(...(found?.orders ?? []).map((what) => Object.assign(document.createElement('li'), { textContent: what })))
  document.getElementById('in').hidden = Boolean(found)
  document.getElementById('look').hidden = !found
  document.getElementById('out').hidden = !found
}

/** The issuer asks whether here or everywhere, and comes back when no service accepts the tokens any more. */
function signOut() {
  tokens = undefined
  location.assign(`${server.end_session_endpoint}?${new URLSearchParams({ client_id: client.client_id, post_logout_redirect_uri: here })}`)
}

try {
  // A second tab, or this one loaded again: whoever is signed in at the issuer need not type anything.
  if (!new URLSearchParams(location.search).has('state')) await leave('none')
  await arrive()
  await show()
} catch (error) {
  // Somebody said no, or the answer was to a question that this tab did not ask.
  say.textContent = `That did not work: ${error.message}`
  document.getElementById('in').hidden = false
}
