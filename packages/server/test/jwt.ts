// Read and not checked: only to see what was said.

/** The payload of a JWT. */
export function payload<T = Record<string, unknown>>(jwt: string | undefined): T {
  return part(jwt, 1) as T
}

/** The header of a JWT. */
export function header(jwt: string | undefined): Record<string, unknown> {
  return part(jwt, 0) as Record<string, unknown>
}

function part(jwt: string | undefined, index: 0 | 1): unknown {
  return JSON.parse(Buffer.from(jwt?.split('.')[index] ?? '', 'base64url').toString())
}
