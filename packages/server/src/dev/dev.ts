import { type DevOptions, startDev } from './start-dev.ts'

/** Where it speaks. */
type Out = { write(text: string): void; colour: boolean; json: boolean }

/** `curfew dev`: an issuer with a demo user, the services of a folder, and the street to watch them; until Ctrl-C. */
export async function dev(options: DevOptions, out: Out): Promise<void> {
  const began = performance.now()
  const parent = process.ppid // read now: whoever started us may be gone before we are ready
  const started = await startDev(options, (line) => out.write(`${line}\n`))
  const { issuer, street, demo, database, services } = started
  if (out.json) out.write(`${JSON.stringify({ issuer, street, user: demo.identifier, password: demo.password, database, services })}\n`)
  else {
    const soft = (text: string) => (out.colour ? `\u001b[2m${text}\u001b[0m` : text)
    const rows = [
      ['issuer', issuer],
      ...services.map(({ name, kind, url }) => [name, `${url}  ${kind}`]),
      ['database', `${database}  new at each start`],
      ['sign in', `${demo.identifier}, ${demo.password}`],
      ['street', street],
    ]
    const width = Math.max(...rows.map(([what = '']) => what.length)) + 2
    for (const [what = '', is = ''] of rows) out.write(`${what.padEnd(width)}${is}\n`)
    out.write(`ready in ${((performance.now() - began) / 1000).toFixed(1)} s: open ${street}\n`)
    out.write(soft(`next: npx curfew -d ${database} tail\n`))
  }
  await new Promise<void>((stop) => {
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
    if (process.env.npm_lifecycle_event !== undefined) onOrphaned(parent, stop)
  })
  process.once('SIGINT', () => process.exit(130)) // a second Ctrl-C waits for nothing
  await started.stop()
}

/** npm hands SIGTERM on to its shell, which dies of it and tells nobody: whoever stops `npm start` by its id would leave us, and our ports. */
function onOrphaned(parent: number, stop: () => void): void {
  const looking = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(looking)
    stop()
  }, 500)
  looking.unref()
}
