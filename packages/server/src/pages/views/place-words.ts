/** Where an address is, roughly: "near 203.0.113.0" (/24), "near 2001:db8:1::" (/48). The whole one would tell who looks over a shoulder more than it helps. */
export function placeWords(address: string): string | undefined {
  const [, a, b, c] = /^(?:::ffff:)?(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.\d{1,3}$/i.exec(address) ?? []
  if (a === '127' || address === '::1') return 'on the machine of this server'
  if (a !== undefined) return `near ${a}.${b}.${c}.0`
  if (!/^[0-9a-f]{1,4}:[0-9a-f:.]*(?:%\w+)?$/i.test(address)) return undefined
  const groups = (address.split('::', 1)[0] ?? '').split(':').slice(0, 3)
  return `near ${groups.join(':')}::`
}
