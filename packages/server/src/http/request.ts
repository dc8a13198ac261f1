/** A request as a value: all that an endpoint may know of it. */
export interface HttpRequest {
  readonly method: string
  /** Percent-encoded path without the query, below the base path. */
  readonly path: string
  /** As sent, without the question mark. */
  readonly query: string
  /** Names in lower case. A header that came twice is joined with ', ' (cookies with '; '). */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Body
  readonly peer: { readonly address: string | undefined }
  /** Values of `{…}` in the route's path, decoded. */
  readonly params: Readonly<Record<string, string>>
  /** For the log and for error answers. */
  readonly id: string
  /** Aborts when the caller has gone away; made at first use. */
  closed(): AbortSignal
}

/** The body: bytes that the edge has read, bounded; or what a parser of the host application has made of them already. */
export type Body = { readonly kind: 'bytes'; readonly bytes: Uint8Array } | { readonly kind: 'parsed'; readonly value: unknown }
