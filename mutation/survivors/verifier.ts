import type { Explained } from '../judge.ts'

const room = 'packages/verifier/src'

/** Mutations of the verifier's checks that no test notices, each with its reason. */
export const verifier: readonly Explained[] = [
  {
    file: `${room}/checks/freshness.ts`,
    line: "return claims.auth_time !== undefined && wall / 1000 - claims.auth_time <= maxAge ? undefined : 'authentication_too_old'",
    mutations: ['claims.auth_time !== undefined → true'],
    why: 'Said for the compiler: a number less undefined is NaN, which is at most nothing, so the token is too old all the same.',
  },
  {
    file: `${room}/checks/scope.ts`,
    line: "const held = claims.scope === undefined ? [] : claims.scope.split(' ')",
    mutations: ['[] → ["Stryker was here"]'],
    why: 'A scope with spaces in it; only a service that asks for it in a list would notice.',
  },
  {
    file: `${room}/decide.ts`,
    line: "if (claims.nbf !== undefined && wall < (claims.nbf - token.leeway) * 1000) return 'not_yet_valid' // RFC 7519 §4.1.5",
    mutations: ['claims.nbf !== undefined → true'],
    why: 'Said for the compiler: undefined less a number is NaN, and nothing is below it.',
  },
  {
    file: `${room}/jws/jws.ts`,
    line: 'const pkcs1 = { padding: constants.RSA_PKCS1_PADDING } // RFC 7518 §3.3',
    mutations: ['{ padding: constants.RSA_PKCS1_PADDING } → {}'],
    why: "It is Node's default for RSA; it is said so that no default is relied on.",
  },
  {
    file: `${room}/jws/jws.ts`,
    line: 'check: (data, key, signature) => signature.length === 64 && verify(null, data, key, signature), // RFC 8032 §5.1.7',
    mutations: ['signature.length === 64 → true'],
    why: 'OpenSSL refuses another length too (JV-9 shows it); it is said so that another library under Node changes nothing.',
  },
  {
    file: `${room}/jws/jws.ts`,
    line: `return \`\${signed}.\${encodeBase64url(algorithms[alg].sign(Buffer.from(signed, 'latin1'), key))}\``,
    mutations: [`'latin1' → ""`],
    why: 'What is signed is base64url and a period: the same bytes in each encoding, one of which is the fastest.',
  },
  {
    file: `${room}/jws/jws.ts`,
    line: "const isGood = isSignature(alg, Buffer.from(compact.signed, 'latin1'), found.key, decodeBase64url(compact.signature))",
    mutations: [`'latin1' → ""`],
    why: 'What is signed is base64url and a period: the same bytes in each encoding, one of which is the fastest.',
  },
  {
    file: `${room}/jws/jws.ts`,
    line: String.raw`return /^(?:application\/)?([!-.0-~]{1,100})$/i.exec(typ)?.[1]?.toLowerCase()`,
    mutations: [
      String.raw`/^(?:application\/)?([!-.0-~]{1,100})$/i.exec(typ)?.[1]?.toLowerCase → /^(?:application\/)?([!-.0-~]{1,100})$/i.exec(typ)?.[1].toLowerCase`,
    ],
    why: 'Said for the compiler: where the expression matches, it has its group.',
  },
  {
    file: `${room}/ledger-copy/copy.ts`,
    line: 'if (entries.length > 0) revision++',
    mutations: ['revision++ → revision--'],
    why: 'A revision is only asked whether it is the same.',
  },
  {
    file: `${room}/ledger-copy/copy.ts`,
    line: 'if (newHorizon <= horizon) return',
    mutations: ['newHorizon <= horizon → newHorizon < horizon'],
    why: 'To forget by the same horizon once more forgets nothing that a living token needs: it only takes time.',
  },
  {
    file: `${room}/ledger-copy/copy.ts`,
    line: "if (claims.sid !== undefined && ended.sid.has(claims.sid)) return 'session_ended'",
    mutations: ['claims.sid !== undefined → true'],
    why: 'Said for the compiler: undefined is no name in a table.',
  },
  {
    file: `${room}/ledger-copy/copy.ts`,
    line: "if (claims.gid !== undefined && ended.gid.has(claims.gid)) return 'grant_ended'",
    mutations: ['claims.gid !== undefined → true'],
    why: 'Said for the compiler: undefined is no name in a table.',
  },
  {
    file: `${room}/ledger-copy/copy.ts`,
    line: "if (claims.usr !== undefined && position < (marks.users.get(claims.usr)?.seq ?? 0)) return 'user'",
    mutations: ['claims.usr !== undefined → true'],
    why: 'Said for the compiler: no mark is kept under undefined.',
  },
  {
    file: `${room}/ledger-copy/lease.ts`,
    line: 'if (isOver || milliseconds <= 0 || end <= monotonicEnd) return // V4: the later end; a late answer takes nothing back',
    mutations: ['end <= monotonicEnd → end < monotonicEnd'],
    why: 'Of two answers with the same end either may give it (V4 asks for the later one); each is as good by its own clocks.',
  },
  {
    file: `${room}/ledger-copy/name-table.ts`,
    line: 'prints = makePrints(exact.size * 2)',
    mutations: ['exact.size * 2 → exact.size / 2'],
    why: 'How much room there is at first; the table grows when it is too little.',
  },
  {
    file: `${room}/ledger-copy/name-table.ts`,
    line: 'while (mask < expected * 1.5) mask *= 2',
    mutations: ['mask < expected * 1.5 → false', 'mask < expected * 1.5 → mask <= expected * 1.5', 'expected * 1.5 → expected / 1.5'],
    why: 'How much room there is at first; the table grows when it is too little.',
  },
  {
    file: `${room}/ledger-copy/name-table.ts`,
    line: 'while (untils[slot] !== 0 && (highs[slot] !== high || lows[slot] !== low)) slot = (slot + 1) & mask',
    mutations: ['slot + 1 → slot - 1'],
    why: 'The next free place may be looked for in either direction.',
  },
  {
    file: `${room}/ledger-copy/name-table.ts`,
    line: 'if (count * 4 > mask * 3) grow()',
    mutations: ['count * 4 > mask * 3 → count * 4 >= mask * 3', 'mask * 3 → mask / 3'],
    why: 'It grows earlier: more memory, the same names.',
  },
  {
    file: `${room}/ledger-copy/name-table.ts`,
    line: 'for (const until of untils) if (until > horizon) left++',
    mutations: ['until > horizon → false', 'left++ → left--'],
    why: 'How much room the next table has at first, and whether it is made anew though nothing was forgotten: it has the same names.',
  },
  {
    file: `${room}/ledger-copy/name-table.ts`,
    line: 'if (left === count) return this',
    mutations: ['left === count → false'],
    why: 'The table is made anew though nothing was forgotten: it has the same names.',
  },
  {
    file: `${room}/ledger-copy/name-table.ts`,
    line: 'for (let slot = 0; slot < untils.length; slot++) {',
    mutations: ['slot < untils.length → slot <= untils.length'],
    why: 'One place further there is nothing, which is above no horizon.',
  },
  {
    file: `${room}/ledger-copy/name-table.ts`,
    line: 'const value = code > 96 ? code - 71 : code === 95 ? 63 : code > 64 ? code - 65 : code === 45 ? 62 : code + 4',
    mutations: ['code > 96 → code >= 96', 'code > 64 → code >= 64'],
    why: 'No name has a character of the code 96 or 64: RFC 4648 §5.',
  },
]
