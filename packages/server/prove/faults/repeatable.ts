/** What does the same when it is done twice, by the protocol and the contract: what a proxy may send again. "All others" is not: late, it ends a newer session. */
const paths = /^(?:POST \/(?:ledger\/(?:follow|release)|session\/(?:sign-out|refresh)|introspect|revoke)|DELETE \/sessions\/[^ ]+)[ /?]/

/** Whether these bytes are one whole HTTP request that may be delivered twice. */
export function repeatable(bytes: Buffer): boolean {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0 || end > 16_384) return false
  const head = bytes.toString('latin1', 0, end)
  if (!paths.test(head)) return false
  const length = Number(/^content-length: *(\d+)$/im.exec(head)?.[1] ?? 0)
  return bytes.length === end + 4 + length
}
