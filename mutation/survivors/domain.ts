import type { Explained } from '../judge.ts'

const room = 'packages/server/src/domain'

/** Mutations of the issuer's domain that no test notices, each with its reason. */
export const domain: readonly Explained[] = [
  {
    file: `${room}/authorization-step.ts`,
    line: 'const isFresh = time.began !== undefined && browser.session.authTime >= time.began',
    mutations: ['time.began !== undefined → true'],
    why: 'Said for the compiler: nothing is greater than or equal to undefined.',
  },
  {
    file: `${room}/authorization-step.ts`,
    line: 'if (maxAge !== undefined && time.now - browser.session.authTime > maxAge * 1000)',
    mutations: ['maxAge !== undefined → true'],
    why: 'Said for the compiler: nothing is greater than undefined * 1000, which is NaN.',
  },
  {
    file: `${room}/device-limit.ts`,
    line: 'if (maxSessions === undefined) return []',
    mutations: ['maxSessions === undefined → false'],
    why: 'Said for the compiler: a number less undefined is NaN, up to which slice takes none.',
  },
  {
    file: `${room}/password-policy.ts`,
    line: String.raw`return normal !== undefined && /^[^\s@"'(),:;<>[\]\\]{1,64}@[^\s@"'(),:;<>[\]\\]+\.[^\s@"'(),:;<>[\]\\.]+$/.test(normal)`,
    mutations: ['normal !== undefined → true'],
    why: 'Said for the compiler: the text "undefined" is no mail address, and the answer is undefined all the same.',
  },
]
