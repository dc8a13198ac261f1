/** An effect that finds nothing to change, or changed it before, is a mistake of the decision: its update is refused whole. */
export function changedOne(changes: number, verb: string, must: string): void {
  if (changes !== 1) throw new Error(`The effect "${verb}" changed ${changes} rows. It must be so that ${must}.`)
}
