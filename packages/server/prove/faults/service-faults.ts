import { leap, leapingClocks } from './clocks.ts'
import { anotherRate, breaks, type Fault, taking, weather } from './fault.ts'
import type { Doing } from './inject.ts'
import type { Member } from './member.ts'
import type { Way } from './network.ts'

/** On a verifier: its wall clock may leap by hours back, and forward by less than what its tokens live (an hour). */
const seconds = (size: number): number => Math.round(size < 0.4 ? -size * 40_000 : (size - 0.4) * 2500)

const onService =
  (act: (doing: Doing, one: Member, way: Way) => Promise<void>): Fault =>
  (doing) => {
    const { services, broken, ways } = doing.crew
    const { kind, target } = doing.planned
    // A service that is broken on purpose keeps its clock, and is the one that is cut off for long.
    const some = services.filter((one) => broken === undefined || (one === broken ? !kind.includes('clock') : !kind.includes('lease')))
    return taking(some, target, (one) => act(doing, one, ways.services[services.indexOf(one)]!))
  }

const serviceWay = onService(async (doing, one, way) => {
  const { kind } = doing.planned
  doing.begins(`${one.name}, ${doing.planned.lasts} ms`, { severs: breaks(kind) ? [one.name] : [] })
  await weather(doing, way)
})

const peopleWay: Fault = async (doing) => {
  doing.begins(`${doing.planned.lasts} ms`, { holds: true })
  await weather(doing, doing.crew.ways.people)
}

const ways = ['way cut', 'way silent', 'way silent for longer than a lease', 'way slow', 'way lossy', 'requests twice']

/** What happens to verifiers, and to the ways there and to people. */
export const serviceFaults: Readonly<Record<string, Fault>> = {
  'verifier killed': onService(async ({ begins, planned, wait }, one) => {
    begins(one.name)
    await one.kill()
    await wait(planned.lasts)
    await one.start()
  }),
  'verifier stopped': onService(async ({ begins, planned, wait }, one) => {
    begins(`${one.name}, ${planned.lasts} ms`)
    one.running?.kill('SIGSTOP')
    await wait(planned.lasts)
    one.running?.kill('SIGCONT')
  }),
  'verifier restarted': onService(async ({ begins }, one) => {
    begins(one.name)
    await one.stop()
    await one.start()
  }),
  'verifiers move': async ({ begins, crew, planned }) => {
    const some = crew.ways.services.filter((_, index) => (index + planned.target) % 3 !== 0)
    begins(`${some.length} of them`)
    for (const way of some) way.cut()
  },
  'verifier: clock leaps': onService(async ({ begins, planned, wait, crew }, one) => {
    if (one.clocks.are !== 'leaping') {
      // Its clocks have another rate now: another process takes its place, whose wall clock can be set.
      begins(`${one.name}, which begins anew`)
      await one.stop()
      one.clocks = leapingClocks(crew.folder, one.name)
      return one.start()
    }
    begins(`${one.name}, by ${seconds(planned.size)} s and back`)
    leap(one.clocks.file, seconds(planned.size))
    await wait(planned.lasts)
    leap(one.clocks.file, 0)
    await wait(1100) // until it has been read
  }),
  'verifier: clock of another rate': onService(async ({ begins, planned, wait }, one) => {
    const clocks = anotherRate(planned.size)
    begins(`${one.name}, ${clocks.rate}`)
    await one.stop()
    one.clocks = clocks
    await one.start()
    await wait(planned.lasts)
  }),
  ...Object.fromEntries(ways.map((name) => [`verifier: ${name}`, serviceWay])),
  ...Object.fromEntries(ways.filter((name) => !name.includes('lease')).map((name) => [`people: ${name}`, peopleWay])),
}
