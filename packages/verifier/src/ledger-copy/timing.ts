/** How long a request may be held, and how long its answer is waited for, in milliseconds. */
export type Timing = { hold(lease: number | undefined): number; patience(lease: number | undefined): number }

/** D2: both grow with the last lease, so that one lost message never costs it. */
export const timing: Timing = {
  hold: (lease) => (lease === undefined ? 0 : Math.min(Math.floor(lease * 0.3), 15_000)),
  patience: (lease) => (lease === undefined ? 2_000 : Math.min(Math.floor(lease * 0.4), 20_000)),
}
