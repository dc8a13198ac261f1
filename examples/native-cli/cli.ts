// node cli.ts sign-in | orders | sign-out. ORDERS_ISSUER and ORDERS_FILE say where the issuer is and where tokens are kept.
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as oauth from 'oauth4webapi'

const issuer = new URL(process.env.ORDERS_ISSUER ?? 'http://localhost:3000')
const file = process.env.ORDERS_FILE ?? '.orders-tokens'
const client: oauth.Client = { client_id: 'orders-cli' }
const local = { [oauth.allowInsecureRequests]: issuer.hostname === 'localhost' }

type Tokens = Pick<oauth.TokenEndpointResponse, 'access_token' | 'refresh_token'>

const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, local))
const commands: Record<string, () => Promise<void>> = { 'sign-in': signIn, orders, 'sign-out': signOut }
await (commands[process.argv[2] ?? ''] ?? usage)()

async function signIn(): Promise<void> {
  const state = oauth.generateRandomState()
  const arrived = Promise.withResolvers<URL>()
  const listener = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    // Any page in the browser can call this port: what is not the answer to our own question is not looked at.
    if (url.pathname !== '/callback' || url.searchParams.get('state') !== state) return response.writeHead(404).end()
    arrived.resolve(url)
    return response.writeHead(200, { 'content-type': 'text/plain', connection: 'close' }).end('You may close this window.\n')
  }).listen(0, '127.0.0.1') // this machine only, on whatever port is free
  await once(listener, 'listening')
  const redirect = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/callback`
  const verifier = oauth.generateRandomCodeVerifier()
  const to = new URL(server.authorization_endpoint ?? '')
  to.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: redirect,
    response_type: 'code',
    scope: 'openid orders:read offline_access',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  }).toString()
  console.log(`Open this in your browser:\n${to}`) // or start it: `open`, `xdg-open`, `start`

  const url = await arrived.promise
  listener.close()
  const answer = oauth.validateAuthResponse(server, client, url, state) // checks `iss`, too (RFC 9207)
  const made = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), answer, redirect, verifier, local)
  save(await oauth.processAuthorizationCodeResponse(server, client, made))
  console.log('You are signed in.')
}

async function orders(): Promise<void> {
  let tokens = load()
  const ask = () => fetch(new URL('/orders', issuer), { headers: { authorization: `Bearer ${tokens.access_token}` } })
  let answer = await ask()
  if (answer.status === 401) {
    tokens = await refresh(tokens)
    answer = await ask()
  }
  console.log(JSON.stringify(await answer.json()))
}

async function refresh({ refresh_token = '' }: Tokens): Promise<Tokens> {
  try {
    const answer = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), refresh_token, local)
    return save(await oauth.processRefreshTokenResponse(server, client, answer))
  } catch (error) {
    if (!(error instanceof oauth.ResponseBodyError)) throw error
    console.error('You are not signed in any more: node cli.ts sign-in')
    return process.exit(1)
  }
}

/** RFC 7009: the refresh token ends, and with it every access token that came from it. */
async function signOut(): Promise<void> {
  const { refresh_token = '' } = load()
  await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, oauth.None(), refresh_token, local))
  rmSync(file)
  console.log('You are signed out.')
}

/** For its owner only. A system's key ring is better where there is one. */
function save({ access_token, refresh_token }: Tokens): Tokens {
  const tokens = { access_token, ...(refresh_token !== undefined && { refresh_token }) }
  writeFileSync(file, JSON.stringify(tokens), { mode: 0o600 })
  return tokens
}

function load(): Tokens {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Tokens
  } catch {
    console.error('You are not signed in: node cli.ts sign-in')
    return process.exit(1)
  }
}

async function usage(): Promise<void> {
  console.error('node cli.ts sign-in | orders | sign-out')
  process.exitCode = 2
}
