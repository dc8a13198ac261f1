import { existsSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { type CurfewOptions, readConfig } from '../../config.ts'
import { controlFolder } from '../../control/control-path.ts'
import { CurfewError } from '../../errors.ts'
import { readConfigFile } from '../config-file.ts'
import type { Place } from '../context.ts'
import { bytes, type Finding, good, look, wrong } from './finding.ts'

const mebibyte = 1024 ** 2

/** The configuration: whether the server would start with it. */
export async function configFindings(
  place: Place,
  env: NodeJS.ProcessEnv,
): Promise<{ findings: Finding[]; config: Partial<CurfewOptions> }> {
  let config: Partial<CurfewOptions>
  try {
    config = await readConfigFile(place.config, env)
  } catch (error) {
    return { findings: [wrong('configuration', sentence(error), 'mend the file')], config: {} }
  }
  const { issuer, audience } = config
  if (issuer === undefined && audience === undefined)
    return { findings: [good('configuration', 'none in this folder: what the application says counts')], config }
  if (issuer === undefined || audience === undefined) {
    const missing = issuer === undefined ? 'issuer' : 'audience'
    return {
      findings: [wrong('configuration', `there is no ${missing}`, `write ${missing} into it, or set CURFEW_${missing.toUpperCase()}`)],
      config,
    }
  }
  try {
    readConfig({ database: 'curfew.db', ...config, issuer, audience })
    return { findings: [good('configuration', `${issuer}, for ${audience}`)], config }
  } catch (error) {
    return { findings: [wrong('configuration', sentence(error), 'mend it: the server does not start with this one')], config }
  }
}

/** The files of SQLite: who may read them, how large they are, how much room there is. */
export function fileFindings(file: string, env: NodeJS.ProcessEnv): Finding[] {
  if (!existsSync(file))
    return [wrong('database', `there is no file ${file}`, 'start the server once (curfew serve), or name it: --database')]
  const found: Finding[] = []
  found.push(...secretFindings(`${file}.key`, env), ...modeFindings(file))
  const [size, log] = [sizeOf(file), sizeOf(`${file}-wal`)]
  const is = `${bytes(size)}, its log ${bytes(log)}`
  // A log that is never folded in is read at every start, and grows on.
  if (log > 256 * mebibyte && log > size)
    found.push(look('size', is, 'restart the server in a quiet minute: a clean stop folds the log in'))
  else found.push(good('size', is))
  const { bavail, bsize } = statfsSync(dirname(file) || '.')
  const free = bavail * bsize
  if (free < 100 * mebibyte) found.push(wrong('disk', `${bytes(free)} free`, 'make room: without it nobody signs in or out'))
  else if (free < Math.max(1024 * mebibyte, 2 * size)) found.push(look('disk', `${bytes(free)} free`, 'make room before it is full'))
  else found.push(good('disk', `${bytes(free)} free`))
  return found
}

function secretFindings(path: string, env: NodeJS.ProcessEnv): Finding[] {
  const isThere = existsSync(path)
  if (env.CURFEW_SECRET) {
    if (!isThere) return [good('secret', 'CURFEW_SECRET')]
    return [look('secret', `CURFEW_SECRET is set, and ${path} is there, too`, 'keep one: remove the file, if the server starts without it')]
  }
  if (!isThere) return []
  const mode = modeOf(path)
  if (mode & 0o077) return [wrong('secret', `${path} can be read by others (${octal(mode)})`, `chmod 600 ${path}`)]
  return [good('secret', `${path}, for its owner only`)]
}

function modeFindings(file: string): Finding[] {
  if (process.platform === 'win32') return []
  const folder = controlFolder(file)
  const [mode, beside] = [modeOf(file), existsSync(folder) ? modeOf(folder) : 0o700]
  return [
    mode & 0o007
      ? look(
          'file',
          `${file} can be read by everybody on this machine (${octal(mode)})`,
          `chmod o= ${file}*: names and addresses are in it`,
        )
      : good('file', `${file}, ${octal(mode)}`),
    ...(beside & 0o077
      ? [wrong('control', `${folder} is open to others (${octal(beside)})`, `chmod 700 ${folder}: it takes commands`)]
      : []),
  ]
}

function modeOf(path: string): number {
  return process.platform === 'win32' ? 0 : statSync(path).mode & 0o777
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0
}

function sentence(error: unknown): string {
  if (!(error instanceof CurfewError)) return 'it could not be read'
  return error.message.replace(/\.$/, '')
}
