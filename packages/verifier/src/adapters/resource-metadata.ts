import { VerifierSetupError } from '../settings.ts'

/** What a service tells about itself. RFC 9728 §2. */
export type ResourceMetadata = {
  resource: string
  authorization_servers: readonly string[]
  bearer_methods_supported: readonly ['header']
  scopes_supported?: readonly string[]
  resource_name?: string
}

const wellKnown = '/.well-known/oauth-protected-resource'

/** Where a service's metadata is, by its audience: the well-known path goes between host and path. RFC 9728 §3. */
export function metadataUrl(audience: string): URL {
  const url = URL.canParse(audience) ? new URL(audience) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.hash !== '') {
    throw new VerifierSetupError(
      `The audience ${JSON.stringify(audience.slice(0, 200))} is no https address, so the service has no metadata (RFC 9728 §1.2). Leave resourceMetadata out.`,
    )
  }
  return new URL(`${wellKnown}${url.pathname.replace(/\/$/, '')}${url.search}`, url)
}

/** The answer to a request for it; undefined for any other request. `path`: from the root of the host. */
export type MetadataOf = (
  method: string | undefined,
  path: string | undefined,
) => { headers: Readonly<Record<string, string>>; body: string } | undefined

/** Makes what answers. The document never changes while the process runs. */
export function serveMetadata(given: {
  audience: string
  issuer: string
  scopes?: readonly string[] | undefined
  name?: string | undefined
}): MetadataOf {
  const { audience, issuer, scopes, name } = given
  const { pathname } = metadataUrl(audience)
  const document: ResourceMetadata = {
    resource: audience,
    authorization_servers: [issuer],
    bearer_methods_supported: ['header'],
    ...(scopes !== undefined && { scopes_supported: scopes }),
    ...(name !== undefined && { resource_name: name }),
  }
  const body = JSON.stringify(document)
  const headers = { 'content-type': 'application/json', 'cache-control': 'public, max-age=300', 'access-control-allow-origin': '*' }
  return (method, path) => ((method === 'GET' || method === 'HEAD') && path?.split('?')[0] === pathname ? { headers, body } : undefined)
}
