import type { Effect } from '../domain/effect.ts'
import { normaliseIdentifier, normaliseMail } from '../domain/password-policy.ts'
import { readScope } from '../domain/scope.ts'
import type { User } from '../domain/user.ts'
import { mailOwner } from './mail-link.ts'
import type { Services } from './needs.ts'
import { randomId } from './random-id.ts'

type Needs = Pick<Services, 'store' | 'passwords' | 'world'>

/** What came of one person of a file. `why`, for people: never with a hash in it. */
export type Imported = { readonly outcome: 'added' | 'unchanged' } | { readonly outcome: 'different' | 'rejected'; readonly why: string }

/** How the import is done. */
export interface ImportHow {
  /** Looks at everything, and stores nothing. */
  readonly dryRun: boolean
  /** No user's `sub` is a client's id: their tokens would look alike (TK-8). */
  readonly clientIds: ReadonlySet<string>
}

type NewPerson = Omit<User, 'cut' | 'stale' | 'deleted' | 'createdAt' | 'usr'> & {
  readonly identifier: string
  readonly given: ReadonlySet<string>
}
type Verdict = Imported & { readonly effects: readonly Effect[] }

/** Takes one person over from another system, whole or not at all. Whoever is there already stays as they are, so twice does no harm (S22). */
export async function importPerson(row: Readonly<Record<string, unknown>>, how: ImportHow, needs: Needs): Promise<Imported> {
  const { store, world } = needs
  const read = readPerson(row, world)
  if ('why' in read) return { outcome: 'rejected', why: read.why }
  const { given, ...person } = read
  const problem = person.password === undefined ? undefined : await needs.passwords.problemOf(person.password)
  if (problem) return rejected(`the password hash is not taken: ${problem}`)
  if (how.clientIds.has(person.sub)) return rejected('a client has this sub as its id')

  const { identifier } = person
  if (how.dryRun) {
    const { rows: there } = await store.begin({ kind: 'identifier', identifier })
    return there ? compared(there, read) : ((await taken(person, needs)) ?? { outcome: 'added' })
  }
  const usr = randomId(world)
  try {
    const verdict = await store.update<{ kind: 'identifier'; identifier: string }, Verdict>(
      { kind: 'identifier', identifier },
      (held, at) => {
        if (held.user) return { ...compared(held.user, read), effects: [] }
        return { outcome: 'added', effects: [{ do: 'addUser', user: { ...person, usr, createdAt: at.now } }] }
      },
    )
    return 'why' in verdict ? { outcome: verdict.outcome, why: verdict.why } : { outcome: verdict.outcome }
  } catch (error) {
    // Not looked at before: a name of somebody else's is refused by the database, and is rare in a file of a hundred thousand.
    const since = await taken(person, needs)
    if (since) return since
    throw error
  }
}

/** Names that belong to somebody else. */
async function taken({ sub, identifier, mail, mailVerified }: Omit<NewPerson, 'given'>, { store }: Needs): Promise<Imported | undefined> {
  const { rows: other } = await store.begin({ kind: 'user', sub })
  if (other && other.identifier !== identifier)
    return rejected(other.deleted ? 'its sub was that of a user who was removed' : 'its sub is that of another user')
  const owner = mail === undefined || !mailVerified ? undefined : await mailOwner(mail, { store })
  return owner && owner.identifier !== identifier ? rejected('its mail address is verified for another user') : undefined
}

/** Whoever is there: as the file says, or not. A password is not looked at once it is one of ours: it was renewed at a sign-in, or changed. */
function compared(there: User, { given, ...row }: NewPerson): Imported {
  const differs: string[] = []
  const look = (name: string, isSame: boolean): void => void (given.has(name) && !isSame && differs.push(name))
  look('sub', there.sub === row.sub)
  look('name', there.name === row.name)
  look('roles', sameList(there.roles, row.roles))
  look('scopes', sameList(there.scopes, row.scopes))
  look('mail', there.mail === row.mail)
  look('mail_verified', there.mailVerified === true || row.mailVerified !== true)
  look('disabled', there.disabled === row.disabled)
  look('password', there.password === row.password || there.password?.startsWith('$argon2id$') === true)
  if (differs.length === 0) return { outcome: 'unchanged' }
  return { outcome: 'different', why: `is there already, with another ${differs.join(', ')}; not changed` }
}

function sameList(one: readonly string[] = [], other: readonly string[] = []): boolean {
  return one.length === other.length && one.every((each) => other.includes(each))
}

const fields = ['identifier', 'password', 'name', 'roles', 'scopes', 'mail', 'mail_verified', 'disabled', 'sub'] as const

/** Checks every field before anything is done. */
function readPerson(row: Readonly<Record<string, unknown>>, world: Needs['world']): NewPerson | { readonly why: string } {
  const unknown = Object.keys(row).find((name) => !(fields as readonly string[]).includes(name))
  if (unknown !== undefined) return { why: `it has an unknown field; known are ${fields.join(', ')}` }
  for (const name of ['identifier', 'password', 'name', 'mail', 'sub'] as const)
    if (row[name] !== undefined && typeof row[name] !== 'string') return { why: `${name} is not a text` }
  for (const name of ['mail_verified', 'disabled'] as const)
    if (row[name] !== undefined && typeof row[name] !== 'boolean') return { why: `${name} is neither true nor false` }
  const texts = row as Readonly<Record<string, string | undefined>>
  const identifier = normaliseIdentifier(texts.identifier ?? '')
  if (!identifier) return { why: 'the identifier must have 1 to 254 characters, and no control characters' }
  const { password, sub, name } = texts
  if (name !== undefined && (name.length > 200 || /\p{Cc}/u.test(name))) return { why: 'the name is too long, or has control characters' }
  if (sub !== undefined && !/^[!-~]{1,255}$/.test(sub)) return { why: 'the sub must have 1 to 255 characters of ASCII, and no spaces' } // OpenID Connect Core 1.0 §2
  const [roles, scopes] = [listIn(row.roles, isRole), listIn(row.scopes, isScope)]
  if (roles === null) return { why: 'roles is no list of short texts' }
  if (scopes === null) return { why: 'scopes is no list of scopes' }
  const mail = normaliseMail(texts.mail ?? identifier)
  if (texts.mail !== undefined && !mail) return { why: 'mail is not a mail address' }
  const mailVerified = row.mail_verified === true
  if (mailVerified && !mail) return { why: 'mail_verified is true, but there is no mail' }
  return {
    ...{ sub: sub ?? randomId(world), identifier, name: name ?? texts.identifier!.trim(), disabled: row.disabled === true },
    ...(password === undefined ? {} : { password }),
    ...(roles ? { roles } : {}),
    ...(scopes ? { scopes } : {}),
    ...(mail ? { mail, mailVerified } : {}),
    given: new Set(Object.keys(row)),
  }
}

/** Undefined: not given; null: no such list. */
function listIn(value: unknown, isOne: (text: string) => boolean): readonly string[] | undefined | null {
  if (value === undefined) return undefined
  const isList = Array.isArray(value) && value.length <= 100 && value.every((one) => typeof one === 'string' && isOne(one))
  return isList ? (value as readonly string[]) : null
}

const isRole = (text: string): boolean => text.length > 0 && text.length <= 128 && !/\p{Cc}/u.test(text)
const isScope = (text: string): boolean => readScope(text)?.[0] === text

function rejected(why: string): Imported & { outcome: 'rejected' } {
  return { outcome: 'rejected', why }
}
