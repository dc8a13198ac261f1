import { randomBytes } from 'node:crypto'
import { closeSync, fchmodSync, fchownSync, fsyncSync, lstatSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { isDeepStrictEqual, parseEnv } from 'node:util'
import { CurfewError } from '../errors.ts'

/** A file that is ours until it is filled. */
export interface EnvFile {
  /** Puts the settings in, or removes the file and says what is lost. Returns what was written, in words. */
  fill(values: Settings): string
  /** It is not needed after all. */
  discard(): void
}

type Settings = Readonly<Record<string, string>> & { readonly CURFEW_KEY: string }

/** No environment of a service is longer. */
const LONGEST = 65_536

/**
 * Takes a name for the environment of a service before any key is made: a key is shown once, so nothing may be in its way afterwards. `wx`:
 * what is there stays, and a link is not followed.
 */
export function reserveEnvFile(path: string): EnvFile {
  try {
    return newFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new CurfewError(`There is a file ${path} already: it was left as it is, and no key was made. Say another name, or remove it.`)
  }
}

/** The same for a new key of service `id`: a file that has the key of before gets the new one in its place, and nothing else of it changes. */
export function reserveKeyFile(path: string, id: string): EnvFile {
  const there = lstatSync(path, { throwIfNoEntry: false })
  const isOurs = there?.isFile() && there.size <= LONGEST && withKey(readFileSync(path, 'utf8'), id, '') !== undefined
  if (!there || !isOurs) return reserveEnvFile(path)
  const draft = newFile(`${path}.${randomBytes(6).toString('hex')}`, there)
  return {
    discard: draft.discard,
    fill({ CURFEW_KEY: key }) {
      const text = withKey(readFileSync(path, 'utf8'), id, key)
      if (text === undefined) {
        draft.discard()
        throw new CurfewError(
          `The file ${path} was changed meanwhile, and left as it is. The key that was made is lost, and the old one is good no more: run the command again.`,
        )
      }
      draft.put(text)
      try {
        renameSync(draft.path, path)
      } catch (error) {
        rmSync(draft.path, { force: true })
        throw error
      }
      return 'the new CURFEW_KEY, in the place of the old one'
    },
  }
}

/** `like`: whose file it becomes, and who may read it then. */
function newFile(
  path: string,
  like?: { uid: number; gid: number; mode: number },
): EnvFile & { readonly path: string; put(text: string): void } {
  const file = openSync(path, 'wx', 0o600)
  const discard = (): void => {
    closeSync(file)
    rmSync(path, { force: true })
  }
  const put = (text: string): void => {
    try {
      writeSync(file, text)
      fsyncSync(file)
    } catch (error) {
      discard()
      throw error
    }
    closeSync(file)
  }
  try {
    // The owner first: whoever gets a file loses what its mode lets them do. Another's file may be in our folder; then no key is made.
    if (like && process.platform !== 'win32') {
      fchownSync(file, like.uid, like.gid)
      fchmodSync(file, like.mode & 0o777)
    }
  } catch (error) {
    discard()
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error
    throw new CurfewError(
      'The file belongs to somebody else: it was left as it is, and no key was made. Say another name, or do it as its owner.',
    )
  }
  return {
    path,
    discard,
    put,
    fill(values) {
      put(linesOf(values))
      return `${Object.keys(values).join(', ')}; for its owner only`
    },
  }
}

/** The text with another key in its only line of one; undefined where it has none of this service, or would come to say something else, too. */
function withKey(text: string, id: string, key: string): string | undefined {
  const { CURFEW_KEY: before = '', ...others } = parseEnv(text)
  if (!before.startsWith(`cfk_${id}_`)) return undefined
  const lines = text.match(/^[ \t]*(?:export[ \t]+)?CURFEW_KEY[ \t]*=.*$/gm) ?? []
  const [line] = lines
  if (line === undefined || lines.length > 1 || line.split(before).length !== 2) return undefined
  // By functions: a `$` is no pattern here.
  const replaced = text.replace(line, () => line.replace(before, () => key))
  const { CURFEW_KEY: after, ...rest } = parseEnv(replaced)
  return after === key && isDeepStrictEqual({ ...rest }, { ...others }) ? replaced : undefined
}

/** As Node's `--env-file` reads it: quoted only where it must be, since a shell and Docker read it, too. */
function linesOf(values: Readonly<Record<string, string>>): string {
  const line = ([name, value]: [string, string]): string => {
    const bare = `${name}=${value}`
    return `${parseEnv(bare)[name] === value ? bare : `${name}='${value}'`}\n`
  }
  return Object.entries(values).map(line).join('')
}
