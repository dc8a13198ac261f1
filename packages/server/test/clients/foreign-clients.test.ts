import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { openIssuer, secret, seenBy, signIn, signUp } from '../endpoints/clients.ts'
import { type FormBrowser, formBrowser } from '../endpoints/form-browser.ts'
import type { Running } from '../endpoints/running.ts'

// Clients that are not ours, each with its defaults: what they take is what the specifications say.
const back = 'https://web.test/back'
const bye = 'https://web.test/bye'
let running: Running
before(async () => {
  running = await openIssuer()
  await signUp(running, 'ada')
  await running.curfew.verifier().ready()
})
after(() => running.close())

/** What a person does: signs in at the page that the client sent them to; where they end up. */
async function person(url: URL, browser: FormBrowser = formBrowser()): Promise<URL> {
  const page = await browser.go(url.href)
  const { left } = page.left ? page : await signIn(browser, page, 'ada')
  assert.ok(left)
  return left
}

describe('openid-client', () => {
  const discover = () =>
    openid.discovery(new URL(running.issuer), 'web', secret, openid.ClientSecretBasic(secret), { execute: [openid.allowInsecureRequests] })

  async function signedIn(config: openid.Configuration, browser?: FormBrowser) {
    const pkceCodeVerifier = openid.randomPKCECodeVerifier()
    const [expectedState, expectedNonce] = [openid.randomState(), openid.randomNonce()]
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: back,
      scope: 'openid profile',
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
      nonce: expectedNonce,
      max_age: '3600',
    })
    const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true, maxAge: 3600 }
    return openid.authorizationCodeGrant(config, await person(url, browser), checks)
  }

  test('signs in, refreshes, reads userinfo, introspects, revokes, signs out', async () => {
    const config = await discover()
    openid.enableNonRepudiationChecks(config) // checks the ID token's signature with our keys
    const browser = formBrowser()
    const tokens = await signedIn(config, browser)
    const { sub } = tokens.claims()!
    assert.deepEqual(await openid.fetchUserInfo(config, tokens.access_token, sub), { sub, name: 'ada', preferred_username: 'ada' })
    const next = await openid.refreshTokenGrant(config, tokens.refresh_token!)
    assert.notEqual(next.refresh_token, tokens.refresh_token)
    assert.equal(await seenBy(running, next.access_token), 'accepted')
    assert.equal((await openid.tokenIntrospection(config, next.access_token)).active, true)

    await openid.tokenRevocation(config, next.access_token)
    assert.equal(await seenBy(running, next.access_token), 'refused')
    assert.equal((await openid.tokenIntrospection(config, next.access_token)).active, false)

    const last = await openid.refreshTokenGrant(config, next.refresh_token!)
    const url = openid.buildEndSessionUrl(config, { id_token_hint: tokens.id_token!, post_logout_redirect_uri: bye, state: 'x' })
    assert.equal((await browser.go(url.href)).left?.href, `${bye}?state=x`)
    assert.equal(await seenBy(running, last.access_token), 'refused')
    await assert.rejects(openid.refreshTokenGrant(config, last.refresh_token!), { error: 'invalid_grant' })
    await assert.rejects(openid.fetchUserInfo(config, last.access_token, sub))
  })

  test('is told by redirect when somebody is not signed in, and takes it', async () => {
    const config = await discover()
    const pkceCodeVerifier = openid.randomPKCECodeVerifier()
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: back,
      scope: 'openid',
      prompt: 'none',
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    })
    await assert.rejects(openid.authorizationCodeGrant(config, await person(url), { pkceCodeVerifier }), { error: 'login_required' })
  })

  test('is signed out by somebody else: "everywhere"', async () => {
    const config = await discover()
    const tokens = await signedIn(config)
    await running.curfew.end({ user: tokens.claims()!.sub })
    await assert.rejects(openid.refreshTokenGrant(config, tokens.refresh_token!), { error: 'invalid_grant' })
    assert.ok((await signedIn(config)).access_token)
  })

  test('gets a token for itself', async () => {
    const config = await openid.discovery(new URL(running.issuer), 'worker', secret, openid.ClientSecretBasic(secret), {
      execute: [openid.allowInsecureRequests],
    })
    const { access_token } = await openid.clientCredentialsGrant(config, { scope: 'orders:read' })
    assert.equal(await seenBy(running, access_token), 'accepted')
  })
})

describe('oauth4webapi', () => {
  const insecure = { [oauth.allowInsecureRequests]: true }

  /** By either document: `oidc` or `oauth2`. */
  async function discover(algorithm: 'oidc' | 'oauth2'): Promise<oauth.AuthorizationServer> {
    const issuer = new URL(running.issuer)
    return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm, ...insecure }))
  }

  async function redeem(
    as: oauth.AuthorizationServer,
    client: oauth.Client,
    authentication: oauth.ClientAuth,
    given: { redirect: string; scope: string; allow?: boolean },
  ) {
    const verifier = oauth.generateRandomCodeVerifier()
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
    const url = new URL(as.authorization_endpoint!)
    url.search = new URLSearchParams({
      client_id: client.client_id,
      redirect_uri: given.redirect,
      response_type: 'code',
      scope: given.scope,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    }).toString()
    const browser = formBrowser()
    let page = await signIn(browser, await browser.go(url.href), 'ada')
    if (given.allow) page = await browser.submit(page, { answer: 'allow' })
    const parameters = oauth.validateAuthResponse(as, client, page.left!, state) // RFC 9207: checks `iss`
    const response = await oauth.authorizationCodeGrantRequest(as, client, authentication, parameters, given.redirect, verifier, insecure)
    return oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: nonce, requireIdToken: true })
  }

  test('confidential, found by OpenID discovery: signs in, userinfo, refresh, revocation, introspection', async () => {
    const as = await discover('oidc')
    const client = { client_id: 'web' }
    const authentication = oauth.ClientSecretBasic(secret)
    const tokens = await redeem(as, client, authentication, { redirect: back, scope: 'openid profile' })
    const { sub } = oauth.getValidatedIdTokenClaims(tokens)!
    const info = await oauth.processUserInfoResponse(
      as,
      client,
      sub,
      await oauth.userInfoRequest(as, client, tokens.access_token, insecure),
    )
    assert.equal(info.name, 'ada')

    const refreshed = await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token!, insecure)
    const next = await oauth.processRefreshTokenResponse(as, client, refreshed)
    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, authentication, next.refresh_token!, insecure))
    for (const token of [tokens.access_token, next.access_token]) assert.equal(await seenBy(running, token), 'refused')
    const asked = await oauth.introspectionRequest(as, client, authentication, next.access_token, insecure)
    assert.deepEqual(await oauth.processIntrospectionResponse(as, client, asked), { active: false })
    const again = await oauth.refreshTokenGrantRequest(as, client, authentication, next.refresh_token!, insecure)
    await assert.rejects(oauth.processRefreshTokenResponse(as, client, again), { error: 'invalid_grant' })
  })

  test('public, found by RFC 8414, on a loopback port, asked for: S16', async () => {
    const as = await discover('oauth2')
    const client = { client_id: 'native' }
    const tokens = await redeem(as, client, oauth.None(), {
      redirect: 'http://127.0.0.1:43210/back',
      scope: 'openid orders:read',
      allow: true,
    })
    assert.equal(await seenBy(running, tokens.access_token), 'accepted')
    const next = await oauth.processRefreshTokenResponse(
      as,
      client,
      await oauth.refreshTokenGrantRequest(as, client, oauth.None(), tokens.refresh_token!, insecure),
    )
    const request = new Request('https://api.test/orders', { headers: { authorization: `Bearer ${next.access_token}` } })
    // RFC 9068, checked by another hand than ours.
    const claims = await oauth.validateJwtAccessToken(as, request, 'https://api.test', insecure)
    assert.equal(claims.client_id, 'native')
    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, oauth.None(), next.refresh_token!, insecure))
    assert.equal(await seenBy(running, next.access_token), 'refused')
  })
})
