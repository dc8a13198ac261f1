/** Takes the token out of an `Authorization` header. RFC 6750 §2.1; the scheme without regard to case, RFC 9110 §11.1. */
export function readAuthorization(header: string): { token: string } | { problem: 'no_token' | 'scheme_wrong' } {
  if (header === '') return { problem: 'no_token' }
  if (!/^bearer /i.test(header)) return { problem: /^bearer$/i.test(header) ? 'no_token' : 'scheme_wrong' }
  const token = header.slice(7)
  return token === '' ? { problem: 'no_token' } : { token }
}
