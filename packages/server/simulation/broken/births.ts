import type { Effect } from '../../src/domain/effect.ts'
import { OAuthError } from '../../src/errors.ts'
import { openLedger } from '../../src/ledger/open-ledger.ts'
import type { Held, Load, Store } from '../../src/store/store.ts'
import type { Services } from '../../src/use-cases/needs.ts'
import { birth } from '../../src/use-cases/sign-in.ts'
import type { Broken } from '../broken.ts'
import type { Process } from '../machine.ts'

type Change = <K extends Load['kind']>(kind: K, held: Held[K], before: Held[K] | undefined, head: number) => Held[K]

/** The broken parts of P1, P2, P4 to P6, M1 to M3: what is born, and when it was looked at. */
export const births: readonly Broken[] = [
  {
    name: 'PWLATE',
    rule: 'P1',
    wrong: 'the password is checked, and then the position is read',
    scenario: 'passwords',
    replace: () => ({
      issuer: {
        async signIn(given, services) {
          const { rows: user } = await services.store.begin({ kind: 'identifier', identifier: given.identifier })
          const isRight = await services.passwords.check(given.password, user?.password)
          if (!user || !isRight) throw new OAuthError('invalid_credentials', 'mismatch')
          const { position } = await services.store.begin({ kind: 'head' })
          return birth({ sub: user.sub, position }, given, services)
        },
      },
    }),
  },
  {
    name: 'HEADAFTER',
    rule: 'P1',
    wrong: 'the session is found alive, and then the position is read',
    scenario: 'births',
    // The look is a transaction of its own; the one that writes believes it, and takes the head of its own time for the position.
    replace: () => ({
      issuer: {
        store: (store, process) =>
          looking(store, process, ['code', 'session'], (kind, held, before, head) => {
            const seen = before ?? held
            if (kind !== 'code' || !seen || !('code' in seen)) return seen
            return { ...seen, code: { ...seen.code, pos: head } }
          }),
      },
    }),
  },
  {
    name: 'POSLATE',
    rule: 'P1',
    wrong: 'the position is what the node has applied when it signs',
    scenario: 'births',
    replace() {
      let applied = () => 0
      return {
        issuer: {
          openLedger(parts) {
            const opened = openLedger(parts)
            applied = () => opened.copy.now()?.applied ?? 0
            return opened
          },
          services: (services) => signing(services, (claims) => ({ ...claims, pos: Math.max(claims.pos, applied()) })),
        },
      }
    },
  },
  {
    name: 'NOCHECK',
    rule: 'P2, M2',
    wrong: 'a refresh looks neither at what ended nor at cuts',
    scenario: 'births',
    replace: () => ({
      issuer: {
        store: (store, process) => looking(store, process, ['grant'], (_, held) => alive(held) as typeof held),
      },
    }),
  },
  {
    name: 'NOCHECKBIRTH',
    rule: 'P2',
    wrong: 'a sign-in does not compare what it looked at with what is there in its last transaction',
    scenario: 'outlived',
    replace: () => ({
      issuer: {
        async signIn(given, services) {
          const { rows: user, position } = await services.store.begin({ kind: 'identifier', identifier: given.identifier })
          const isRight = await services.passwords.check(given.password, user?.password)
          if (!user || !isRight) throw new OAuthError('invalid_credentials', 'mismatch')
          return birth({ sub: user.sub, position }, given, { ...services, store: blindToCuts(services.store) })
        },
      },
    }),
  },
  {
    name: 'CHECKBEFORELOCK',
    rule: 'P4',
    wrong: 'a password change looks before it locks the row',
    scenario: 'passwords',
    replace: () => ({
      issuer: { store: (store, process) => looking(store, process, ['user'], (_, held, before) => before ?? held) },
    }),
  },
  {
    name: 'RIGHTSFIRST',
    rule: 'P5',
    wrong: 'a mint reads the rights, and then the head',
    scenario: 'rights',
    replace: () => ({
      issuer: {
        store: (store, process) =>
          looking(store, process, ['grant'], (kind, held, before) => {
            if (kind !== 'grant' || !held || !before || !('grant' in held) || !('grant' in before)) return held
            return { ...held, user: { ...held.user, ...(before.user.roles ? { roles: before.user.roles } : {}) } }
          }),
      },
    }),
  },
  {
    name: 'ENTRYFIRST',
    rule: 'P6',
    wrong: 'a change of rights is reported, and then made',
    scenario: 'foreign rights',
    replace: () => ({
      issuer: {
        async reportRights(change, report, process) {
          const reported = await report()
          await process.step()
          change()
          return reported
        },
      },
    }),
  },
  {
    name: 'IATLATE',
    rule: 'M1',
    wrong: '`iat` is the time of signing, and not that of the transaction',
    scenario: 'outlived',
    replace: () => ({
      issuer: {
        services: (services, process) => signing(services, (claims) => shifted(claims, Math.floor(process.wall() / 1000) - claims.iat)),
      },
    }),
  },
  {
    name: 'NODECLOCK',
    rule: 'M1',
    wrong: '`iat` is the clock of a node that is three minutes ahead',
    scenario: 'outlived',
    replace: () => ({ issuer: { services: (services) => signing(services, (claims) => shifted(claims, 180)) } }),
  },
]

/** `kinds` are looked at in a transaction of their own; `change` says what the one that writes is told that it holds. */
function looking(store: Store, process: Process, kinds: readonly Load['kind'][], change: Change): Store {
  return {
    ...store,
    async update(load, decide) {
      if (!kinds.includes(load.kind)) return store.update(load, decide)
      let before: Held[typeof load.kind] | undefined
      await store.update(load, (held) => {
        before = held
        return { outcome: 'looked', effects: [] as readonly Effect[] }
      })
      await process.step()
      return store.update(load, (held, at) => decide(change(load.kind, held, before, at.head) as never, at))
    },
  }
}

/** As if nothing had ended. */
function alive(held: unknown): unknown {
  if (typeof held !== 'object' || held === null) return held
  const found: Record<string, unknown> = { ...held }
  for (const name of ['session', 'grant']) {
    if (found[name]) found[name] = { ...(found[name] as object), endedSeq: undefined }
  }
  for (const name of ['user', 'client', 'issuer']) if (found[name]) found[name] = { ...(found[name] as object), cut: 0 }
  return found
}

function blindToCuts(store: Store): Store {
  const blind = <H>(held: H): H => alive(held) as H
  return {
    ...store,
    update: (load, decide) => store.update(load, (held, at) => decide(load.kind === 'user' ? blind(held) : held, at)),
  }
}

type Claims = Parameters<Services['signer']['accessToken']>[0]

function signing(services: Services, change: (claims: Claims) => Claims): Services {
  const { signer } = services
  return { ...services, signer: { ...signer, accessToken: (claims) => signer.accessToken(change(claims)) } }
}

function shifted(claims: Claims, seconds: number): Claims {
  return { ...claims, iat: claims.iat + seconds, exp: claims.exp + seconds }
}
