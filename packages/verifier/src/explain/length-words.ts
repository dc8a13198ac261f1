/** A length of time as a person says it: "8 s", "3 min 12 s", "2 h", "13 d 23 h". */
export function lengthWords(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const [most, least] =
    whole < 60
      ? [`${whole} s`]
      : whole < 3600
        ? [`${Math.floor(whole / 60)} min`, `${whole % 60} s`]
        : whole < 86_400
          ? [`${Math.floor(whole / 3600)} h`, `${Math.floor((whole % 3600) / 60)} min`]
          : [`${Math.floor(whole / 86_400)} d`, `${Math.floor((whole % 86_400) / 3600)} h`]
  return least === undefined || least.startsWith('0 ') ? most : `${most} ${least}`
}

/** How long a lease still runs: its tenths count. */
export function leaseWords(milliseconds: number): string {
  return milliseconds < 60_000 ? `${(milliseconds / 1000).toFixed(1)} s` : lengthWords(milliseconds / 1000)
}
