import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'

/**
 * The environment, and below it the settings of ours in this folder's `.env`, where `curfew init` writes them: so that the commands beside an
 * application know what it knows. What is set in the environment holds; other programs' settings are not looked at.
 */
export function withEnvFile(env: NodeJS.ProcessEnv, file: string = '.env'): NodeJS.ProcessEnv {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return env // There is none, or it is not for us to read.
  }
  const ours = Object.entries(parseEnv(text)).filter(([name]) => name.startsWith('CURFEW_'))
  return { ...Object.fromEntries(ours), ...env }
}
