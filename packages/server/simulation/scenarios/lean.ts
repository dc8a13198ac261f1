import type { Scenario } from '../scenario.ts'

/** The part of its time that a story has in a lean run, where it says nothing else. */
const usual = 0.4
const QUICK = 0.5
/** Stories in which minutes go by say nothing before the minutes are over. */
const minutes = 60_000

/** The same story for runs by the million: all that it waits for comes in half the time, and it is over once a few sign-outs had their faults around them. */
export function lean(scenario: Scenario): Scenario {
  const { weight = 1, lean: part = usual } = scenario
  return {
    ...scenario,
    weight: weight < 1 ? weight / 4 : 1,
    setting(chance) {
      const whole = scenario.setting(chance)
      if (whole.lasts > minutes || part === 1) return whole
      return { ...whole, lasts: whole.lasts * part, quick: QUICK }
    },
  }
}
