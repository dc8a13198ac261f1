/** What somebody pasted in the place of a token, where its beginning tells: what to do instead. Says nothing of what is in it. */
export function tokenHint(given: string): string | undefined {
  if (given === '') return 'there is nothing: give the token'
  if (/^bearer\s/i.test(given)) return 'leave the word Bearer away: give the token alone'
  if (/^["'`].*["'`]$/s.test(given)) return 'leave the quotes away: give the token alone'
  if (given.startsWith('cfk_')) return "this is a service's key, no token. It was shown here: make a new one (curfew services key)"
  if (given.startsWith('cfr_')) return "this is a refresh token: it goes to the issuer's /token, and nowhere else"
  if (/\s/.test(given.trim())) return 'there is white space in it: give it in one line'
  if (/(?:…|\.\.\.)$/.test(given)) return 'the end is cut off: copy the whole token'
  if (given.split('.').length === 5) return 'this is an encrypted token (JWE), and those are not taken'
  return undefined
}
