import type { Project } from './project.ts'

/** What to say of a `start` in package.json that does not read `.env`: nothing where it does, or where the framework reads it by itself. */
export function startNote({ framework, hasManifest, start, installed }: Project, command: string): string | undefined {
  if (framework === 'next' || framework === 'none' || !hasManifest || installed.has('dotenv')) return undefined
  if (start === undefined) {
    const isProgram = framework !== 'nestjs' && !command.includes('…')
    return isProgram ? `package.json has no "start": with "start": "${command}" in its "scripts", npm start reads .env.` : undefined
  }
  if (/--env-file|\bdotenv|^npx curfew\b/.test(start)) return undefined
  const better = start.startsWith('node ')
    ? `node --env-file=.env ${start.slice('node '.length)}`
    : /^(?:npx )?nest start\b/.test(start)
      ? `${start} --env-file .env`
      : 'node --env-file=.env …'
  return `"start" in package.json is "${start}", which does not read .env: make it "${better}", or its secret and settings are missing there.`
}
