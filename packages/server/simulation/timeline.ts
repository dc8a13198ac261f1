import { type Violation, wordsOf } from './checker.ts'
import type { Happening } from './history.ts'

/** The happenings that led to a violation: those of the token, the ending and the verifier in question, and of the issuer. */
export function timeline(happenings: readonly Happening[], violation: Violation, most = 40): string[] {
  const { about } = violation
  const calls = new Set<number>()
  const rests = new Set<string>([about.verifier ?? '', 'issuer'])
  for (const one of happenings) if (one.what === 'call' && one.call === about.call) calls.add(one.call)
  const lines = happenings
    .filter((one) => one.at <= violation.at && isAbout(one))
    .map((one) => `${one.at.toFixed(1).padStart(10)}  ${words(one)}`)
  const kept = lines.length > most ? [...lines.slice(0, 6), `       ...  ${lines.length - most} more`, ...lines.slice(6 - most)] : lines
  return [...kept, `${violation.at.toFixed(1).padStart(10)}  ✗ ${violation.promise}: ${violation.text}`]

  function isAbout(one: Happening): boolean {
    if (one.what === 'minted') return one.token.jti === about.jti
    if (one.what === 'ending' || one.what === 'answered') return one.ending === about.ending
    if (one.what === 'entry') return true
    if (one.what === 'call' || one.what === 'decided') return calls.has(one.call)
    if (one.what === 'refreshed' || one.what === 'streaming') return one.jti === about.jti
    return rests.has(one.who)
  }
}

function words(one: Happening): string {
  switch (one.what) {
    case 'minted': {
      const { jti, user, sid } = one.token
      return `issuer      token ${jti.slice(0, 6)} for ${user}${sid === undefined ? '' : `, session ${sid.slice(0, 6)}`}`
    }
    case 'ending':
      return `caller      ending ${one.ending} is asked for: ${wordsOf(one.target)}`
    case 'entry':
      return `issuer      entry ${one.seq} committed: ${one.text}`
    case 'answered':
      return `issuer      ending ${one.ending} is answered: ${one.confirmed ? 'confirmed' : 'pending'} (number ${one.seq})`
    case 'call':
      return `${one.verifier.padEnd(11)} request ${one.call} begins, with token ${one.jti.slice(0, 6)}`
    case 'decided':
      return `            request ${one.call}: ${one.accepted ? 'accepted' : `refused, ${one.reason}`}${one.own ? ', by its own copy' : ', after asking the issuer'}`
    case 'refreshed':
      return `issuer      token ${one.jti.slice(0, 6)} made by ${one.from}`
    case 'streaming':
      return `${one.verifier.padEnd(11)} a stream under token ${one.jti.slice(0, 6)} goes on`
    case 'note':
      return `${one.who.padEnd(11)} ${one.text}`
  }
}
