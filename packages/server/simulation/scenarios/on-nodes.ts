import type { Chance } from '../chance.ts'
import { cutsOf } from '../plots.ts'
import type { Scenario, Setting } from '../scenario.ts'
import type { Stage } from '../stage.ts'

/** The weight of a story in which minutes go by. */
export const rare = 0.01

/** The same story with several nodes on one database, behind a balancer that gives each call to the next one. */
export function onNodes(scenario: Scenario, over: (chance: Chance, setting: Setting) => Partial<Setting> = () => ({})): Scenario {
  return {
    ...scenario,
    weight: scenario.weight === rare ? rare : 1,
    name: `${scenario.name}, nodes`,
    story: `${scenario.story}; several nodes on one database`,
    setting(chance) {
      const one = scenario.setting(chance)
      const { inside: _, steps: slow, slowQueries: __, waits: ___, ...rest } = one
      const steps = slow && ([slow[0] * shorterBy(one), slow[1] * shorterBy(one)] as const)
      const several: Setting = {
        ...rest,
        nodes: chance.one([2, 2, 3]),
        ...shorter(one),
        database: {
          // What was a step of the issuer's is the way to the database and back.
          ...(steps && steps[1] > 1 ? ({ way: [steps[0] / 2, steps[1] / 2], commit: [steps[0] / 2, steps[1]], gap: 0.3 } as const) : {}),
          broken: chance.one([0, 0, 0.01, 0.03]),
          wakesLost: chance.one([0, 0, 0.5]),
        },
        slack: (one.slack ?? 0) + 2_500 + (steps?.[1] ?? 0) * 12,
      }
      return { ...several, ...over(chance, several) }
    },
  }
}

function shorterBy({ leaseMs }: Pick<Setting, 'leaseMs'>): number {
  return leaseMs > 10_000 ? 1 : Math.min(1, 300 / leaseMs)
}

/** Leases are short, and a run a few of them long: as much happens in a lease, and a run takes milliseconds. Runs of minutes stay as they are. */
function shorter({ leaseMs, lasts, weather, issuerPauses, verifierPauses }: Setting): Partial<Setting> {
  if (leaseMs > 10_000) return { lasts }
  const by = shorterBy({ leaseMs })
  const less = (pauses: Setting['issuerPauses']) => pauses && ([pauses[0], pauses[1] * by] as const)
  const [issuer, verifier] = [less(issuerPauses), less(verifierPauses)]
  return {
    leaseMs: leaseMs * by,
    weather: { ...weather, lateness: weather.lateness * by },
    ...(issuer ? { issuerPauses: issuer } : {}),
    ...(verifier ? { verifierPauses: verifier } : {}),
    lasts: Math.min(lasts, 900),
    pace: by,
  }
}

/** Nodes come and go: stopped with their requests answered, or dropped. */
export async function restartsOfNodes(stage: Stage, every: number, away: number, crashes: number): Promise<void> {
  const { chance, nodes, setting } = stage
  for (;;) {
    await stage.sleep(chance.between(0, every))
    const node = chance.one(nodes)
    if (!node.isUp()) continue
    if (!chance.happens(crashes)) await Promise.race([node.stop(), stage.sleep(setting.leaseMs)])
    await node.crash()
    await stage.sleep(chance.between(0, away))
    if (!node.process()) await node.start()
  }
}

/** The database goes down and comes back, or stands still, or is out of a node's reach. */
export async function troublesOfDatabase(stage: Stage, every: number, long: number): Promise<void> {
  const { chance, database, nodes } = stage
  for (;;) {
    await stage.sleep(chance.between(0, every))
    const how = chance.below(4)
    const milliseconds = chance.next() ** 2 * long
    if (how === 0) {
      database?.stop()
      await stage.sleep(milliseconds)
      database?.start()
    } else if (how === 1) database?.process()?.pause(milliseconds)
    else database?.cut(chance.one(nodes).machine.name, milliseconds)
  }
}

/** Verifiers are cut off now and then. */
export function cutsOfAll(stage: Stage, every: number, long: number): void {
  for (const verifier of stage.verifiers) void cutsOf(stage, verifier, every, long)
}
