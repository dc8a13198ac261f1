import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { CurfewError } from '../errors.ts'
import type { World } from '../world.ts'
import type { ServiceFile } from './find-services.ts'
import { type Caller, makeCaller } from './street/call.ts'
import type { FleetService } from './street/fleet.ts'

/** How services are started. `keyOf` gives each its CURFEW_KEY, `portOf` its PORT. */
export type StartServices = {
  files: readonly ServiceFile[]
  issuer: string
  audience: string
  keyOf(name: string): string
  portOf(name: string): number
  /** What services print. */
  say(line: string): void
  world: Pick<World, 'monotonic' | 'after'>
}

/** Services that run. `pidOf` is for tests that stop one. */
export type RunningServices = { services: readonly FleetService[]; pidOf(name: string): number | undefined; stop(): Promise<void> }

const longest = 15_000
const lookEvery = 40
/** How long a service may take to give its lease back (V7) and end. */
const politely = 2000

/** Starts each service as a process of its own, and waits until each says that it is ready. None is started again. */
export async function startServices(given: StartServices): Promise<RunningServices> {
  const running = given.files.map((file) => ({ file, child: start(file, given) }))
  const caller = makeCaller()
  const stop = async () => void (await Promise.all(running.map(({ child }) => end(child, given.world))))
  try {
    const services = await Promise.all(running.map(({ file, child }) => ready(file, child, caller, given)))
    return { services, stop, pidOf: (name) => running.find(({ file }) => file.name === name)?.child.pid }
  } catch (error) {
    await stop()
    throw error
  } finally {
    caller.close()
  }
}

function start({ name, file }: ServiceFile, { issuer, audience, keyOf, portOf, say }: StartServices): ChildProcess {
  const child = spawn(process.execPath, [...conditions(), '--import', new URL(companion, import.meta.url).href, file], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, CURFEW_ISSUER: issuer, CURFEW_AUDIENCE: audience, CURFEW_KEY: keyOf(name), PORT: String(portOf(name)) },
  })
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', (line) => say(`${name}: ${line}`))
  }
  return child
}

const companion = import.meta.url.endsWith('.ts') ? './end-with-parent.ts' : './end-with-parent.js'

/** The export conditions that this process runs under, for its children. */
function conditions(): string[] {
  return process.execArgv.flatMap((argument, index, all) => {
    if (argument === '-C' || argument === '--conditions') return [`--conditions=${all[index + 1]}`]
    return argument.startsWith('--conditions=') ? [argument] : []
  })
}

async function ready(
  { name, kind }: ServiceFile,
  child: ChildProcess,
  { call }: Caller,
  { portOf, world }: StartServices,
): Promise<FleetService> {
  const port = portOf(name)
  const url = `http://127.0.0.1:${port}`
  const began = world.monotonic()
  while (world.monotonic() < began + longest) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new CurfewError(`The service ${name} ended before it was ready. What it said is above.`)
    }
    if ((await call(`${url}/readyz`, { patience: 1000 }))?.status === 200) return { name, kind, port, url }
    await new Promise<void>((resolve) => void world.after(lookEvery, resolve))
  }
  throw new CurfewError(`The service ${name} was not ready within ${longest / 1000} s: ${url}/readyz did not answer 200.`)
}

async function end(child: ChildProcess, { after }: Pick<World, 'after'>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const impatient = after(politely, () => child.kill('SIGKILL'))
  await ended
  impatient()
}
